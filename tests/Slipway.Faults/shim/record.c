// Preloaded into a process, this records everything it does to the files under one folder that a power failure could undo:
// which bytes were written where, which names were made and removed, and which of it was synced. The recording is written
// outside that folder; DiskRecording.cs reads it and DiskImage.cs builds the disks that a crash could have left.
//
//   SLIPWAY_SHIM_ROOT  the folder to watch (absolute)
//   SLIPWAY_SHIM_LOG   the recording
//   SLIPWAY_SHIM_SKIP  plants a missing sync: "*" = no sync reaches the disk, "/" = none of a folder, "-wal" = none of files that end so
//
// One lock is held around each call and its record, so the order of the recording is the order of the calls.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { CREATE = 1, WRITE, TRUNCATE, SYNC, SKIPPED, RENAME, UNLINK, LINK, MKDIR, MARK, UNMODELLED };

struct record { uint32_t kind, first, second, data; uint64_t inode; int64_t at; };

#define FDS 65536
static unsigned char watched[FDS];      // 1: a file under the root, 2: a folder
static char root[PATH_MAX];
static size_t rootLength;
static const char *skip;
static int logFd = -1;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void record(enum kind kind, uint64_t inode, int64_t at, const char *first, const char *second, const void *data, size_t length);

__attribute__((constructor)) static void begin(void)
{
    struct stat s;
    const char *folder = getenv("SLIPWAY_SHIM_ROOT"), *log = getenv("SLIPWAY_SHIM_LOG");
    skip = getenv("SLIPWAY_SHIM_SKIP");
    if (!folder || !log) return;
    rootLength = strlen(folder);
    memcpy(root, folder, rootLength + 1);
    logFd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (logFd < 0 || stat(root, &s) != 0) abort();
    record(MKDIR, s.st_ino, 0, root, NULL, NULL, 0);
}

static void put(struct iovec *parts, int count)
{
    size_t total = 0;
    for (int i = 0; i < count; i++) total += parts[i].iov_len;
    if (syscall(SYS_writev, logFd, parts, count) != (long)total) abort(); // a recording with a hole proves nothing
}

static void record(enum kind kind, uint64_t inode, int64_t at, const char *first, const char *second, const void *data, size_t length)
{
    struct record head = { kind, first ? strlen(first) : 0, second ? strlen(second) : 0, (uint32_t)length, inode, at };
    struct iovec parts[] = { { &head, sizeof head }, { (void *)first, head.first }, { (void *)second, head.second }, { (void *)data, length } };
    put(parts, 4);
}

// SQLite's shared-memory index is rebuilt after a crash: no part of the durable state.
static int ends(const char *path, const char *ending)
{
    size_t p = strlen(path), e = strlen(ending);
    return p >= e && strcmp(path + p - e, ending) == 0;
}

static const char *under(const char *path, char *full)
{
    if (logFd < 0 || !path) return NULL;
    if (path[0] != '/')
    {
        if (!getcwd(full, PATH_MAX) || strlen(full) + strlen(path) + 2 > PATH_MAX) return NULL;
        strcat(full, "/");
        strcat(full, path);
        path = full;
    }
    if (strncmp(path, root, rootLength) != 0 || (path[rootLength] != 0 && path[rootLength] != '/') || ends(path, "-shm")) return NULL;
    return path;
}

static int isWatched(int fd) { return logFd >= 0 && fd >= 0 && fd < FDS && watched[fd]; }

static uint64_t inodeOf(int fd)
{
    struct stat s;
    return fstat(fd, &s) == 0 ? s.st_ino : 0;
}

static int exists(const char *path, struct stat *s) { return syscall(SYS_newfstatat, AT_FDCWD, path, s, AT_SYMLINK_NOFOLLOW) == 0; }

static int openAny(const char *path, int flags, mode_t mode)
{
    char full[PATH_MAX];
    const char *seen = under(path, full);
    if (!seen) return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    pthread_mutex_lock(&gate);
    struct stat before, after;
    int was = exists(seen, &before);
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode), error = errno;
    if (fd >= 0)
    {
        if (fd >= FDS || fstat(fd, &after) != 0) abort();
        watched[fd] = S_ISDIR(after.st_mode) ? 2 : S_ISREG(after.st_mode) ? 1 : 0;
        if (!was) record(CREATE, after.st_ino, 0, seen, NULL, NULL, 0);
        else if ((flags & O_TRUNC) && before.st_size > 0) record(TRUNCATE, after.st_ino, 0, NULL, NULL, NULL, 0);
        if ((flags & (O_DSYNC | O_SYNC)) == O_DSYNC || (flags & O_SYNC) == O_SYNC) record(UNMODELLED, after.st_ino, 0, "open with O_SYNC", NULL, NULL, 0);
    }
    pthread_mutex_unlock(&gate);
    errno = error;
    return fd;
}

static mode_t modeOf(int flags, va_list args) { return flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(args, int) : 0; }

#define OPEN(name) int name(const char *path, int flags, ...) { va_list args; va_start(args, flags); mode_t mode = modeOf(flags, args); va_end(args); return openAny(path, flags, mode); }
OPEN(open)
OPEN(open64)
int __open_2(const char *path, int flags) { return openAny(path, flags, 0); }
int __open64_2(const char *path, int flags) { return openAny(path, flags, 0); }
int creat(const char *path, mode_t mode) { return openAny(path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return openAny(path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

#define OPENAT(name) int name(int at, const char *path, int flags, ...) { va_list args; va_start(args, flags); mode_t mode = modeOf(flags, args); va_end(args); \
    return at == AT_FDCWD || path[0] == '/' ? openAny(path, flags, mode) : (int)syscall(SYS_openat, at, path, flags, mode); }
OPENAT(openat)
OPENAT(openat64)

int close(int fd)
{
    if (!isWatched(fd)) return (int)syscall(SYS_close, fd);
    pthread_mutex_lock(&gate);
    watched[fd] = 0;
    int result = (int)syscall(SYS_close, fd), error = errno;
    pthread_mutex_unlock(&gate);
    errno = error;
    return result;
}

static ssize_t writeVector(int fd, const struct iovec *parts, int count, off_t at, int positioned)
{
    pthread_mutex_lock(&gate);
    int flags = fcntl(fd, F_GETFL);
    struct stat s;
    if (fstat(fd, &s) != 0) abort();
    if (flags & O_APPEND) at = s.st_size;
    else if (!positioned) at = lseek(fd, 0, SEEK_CUR);
    ssize_t done = positioned
        ? syscall(SYS_pwritev, fd, parts, count, (unsigned long)at, 0UL)
        : syscall(SYS_writev, fd, parts, count);
    int error = errno;
    ssize_t left = done;
    for (int i = 0; i < count && left > 0; i++)
    {
        size_t length = left < (ssize_t)parts[i].iov_len ? (size_t)left : parts[i].iov_len;
        if (length) record(WRITE, s.st_ino, at, NULL, NULL, parts[i].iov_base, length);
        at += length;
        left -= length;
    }
    pthread_mutex_unlock(&gate);
    errno = error;
    return done;
}

ssize_t write(int fd, const void *data, size_t length)
{
    if (!isWatched(fd)) return syscall(SYS_write, fd, data, length);
    struct iovec part = { (void *)data, length };
    return writeVector(fd, &part, 1, 0, 0);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    return isWatched(fd) ? writeVector(fd, parts, count, 0, 0) : syscall(SYS_writev, fd, parts, count);
}

#define PWRITE(name) ssize_t name(int fd, const void *data, size_t length, off_t at) { if (!isWatched(fd)) return syscall(SYS_pwrite64, fd, data, length, at); \
    struct iovec part = { (void *)data, length }; return writeVector(fd, &part, 1, at, 1); }
PWRITE(pwrite)
PWRITE(pwrite64)

#define PWRITEV(name) ssize_t name(int fd, const struct iovec *parts, int count, off_t at) { return isWatched(fd) ? writeVector(fd, parts, count, at, 1) : \
    syscall(SYS_pwritev, fd, parts, count, (unsigned long)at, 0UL); }
PWRITEV(pwritev)
PWRITEV(pwritev64)

#define FTRUNCATE(name) int name(int fd, off_t size) { if (!isWatched(fd)) return (int)syscall(SYS_ftruncate, fd, size); \
    pthread_mutex_lock(&gate); int result = (int)syscall(SYS_ftruncate, fd, size), error = errno; \
    if (result == 0) { record(TRUNCATE, inodeOf(fd), size, NULL, NULL, NULL, 0); } pthread_mutex_unlock(&gate); errno = error; return result; }
FTRUNCATE(ftruncate)
FTRUNCATE(ftruncate64)

static int skips(int fd)
{
    if (!skip || !*skip) return 0;
    if (strcmp(skip, "*") == 0) return 1;
    if (strcmp(skip, "/") == 0) return watched[fd] == 2;
    char link[64] = "/proc/self/fd/", path[PATH_MAX], digits[16];
    int n = 0;
    for (int rest = fd; n == 0 || rest > 0; rest /= 10) digits[n++] = (char)('0' + rest % 10);
    size_t at = strlen(link);
    while (n > 0) link[at++] = digits[--n];
    link[at] = 0;
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return watched[fd] == 1 && ends(path, skip);
}

static int syncAny(long call, int fd)
{
    if (!isWatched(fd)) return (int)syscall(call, fd);
    pthread_mutex_lock(&gate);
    int planted = skips(fd);
    int result = planted ? 0 : (int)syscall(call, fd), error = errno;
    if (result == 0) record(planted ? SKIPPED : SYNC, inodeOf(fd), 0, NULL, NULL, NULL, 0);
    pthread_mutex_unlock(&gate);
    errno = error;
    return result;
}

int fsync(int fd) { return syncAny(SYS_fsync, fd); }
int fdatasync(int fd) { return syncAny(SYS_fdatasync, fd); }

int rename(const char *from, const char *to)
{
    char a[PATH_MAX], b[PATH_MAX];
    const char *source = under(from, a), *target = under(to, b);
    pthread_mutex_lock(&gate);
    int result = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0), error = errno;
    if (result == 0 && (source || target))
    {
        if (source && target) record(RENAME, 0, 0, source, target, NULL, 0);
        else record(UNMODELLED, 0, 0, "rename across the folder's edge", NULL, NULL, 0);
    }
    pthread_mutex_unlock(&gate);
    errno = error;
    return result;
}

int link(const char *from, const char *to)
{
    char a[PATH_MAX], b[PATH_MAX];
    const char *source = under(from, a), *target = under(to, b);
    pthread_mutex_lock(&gate);
    int result = (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0), error = errno;
    if (result == 0 && source && target) record(LINK, 0, 0, source, target, NULL, 0);
    pthread_mutex_unlock(&gate);
    errno = error;
    return result;
}

static int nameCall(long call, enum kind kind, const char *path, long extra)
{
    char full[PATH_MAX];
    const char *seen = under(path, full);
    if (!seen) return (int)syscall(call, AT_FDCWD, path, extra);
    pthread_mutex_lock(&gate);
    int result = (int)syscall(call, AT_FDCWD, path, extra), error = errno;
    if (result == 0)
    {
        struct stat s;
        record(kind, kind == MKDIR && exists(seen, &s) ? s.st_ino : 0, 0, seen, NULL, NULL, 0);
    }
    pthread_mutex_unlock(&gate);
    errno = error;
    return result;
}

int unlink(const char *path) { return nameCall(SYS_unlinkat, UNLINK, path, 0); }
int rmdir(const char *path) { return nameCall(SYS_unlinkat, UNLINK, path, AT_REMOVEDIR); }
int mkdir(const char *path, mode_t mode) { return nameCall(SYS_mkdirat, MKDIR, path, mode); }

// Ways around write() that .NET and others try first: refused, as some file systems do, so that the plain way is taken and seen.
ssize_t copy_file_range(int from, off64_t *fromAt, int to, off64_t *toAt, size_t length, unsigned flags)
{
    if (!isWatched(to)) return syscall(SYS_copy_file_range, from, fromAt, to, toAt, length, flags);
    errno = ENOSYS;
    return -1;
}

#define SENDFILE(name) ssize_t name(int to, int from, off_t *at, size_t length) { if (!isWatched(to)) return syscall(SYS_sendfile, to, from, at, length); errno = EINVAL; return -1; }
SENDFILE(sendfile)
SENDFILE(sendfile64)

#define FALLOCATE(name) int name(int fd, int mode, off_t at, off_t length) { if (!isWatched(fd)) return (int)syscall(SYS_fallocate, fd, mode, at, length); errno = EOPNOTSUPP; return -1; }
FALLOCATE(fallocate)
FALLOCATE(fallocate64)

int ioctl(int fd, unsigned long request, ...)
{
    va_list args;
    va_start(args, request);
    void *value = va_arg(args, void *);
    va_end(args);
    if (isWatched(fd) && request == FICLONE)
    {
        errno = EOPNOTSUPP;
        return -1;
    }
    return (int)syscall(SYS_ioctl, fd, request, value);
}

#define MMAP(name) void *name(void *address, size_t length, int protection, int flags, int fd, off_t at) { \
    if ((flags & MAP_SHARED) && (protection & PROT_WRITE) && !(flags & MAP_ANONYMOUS) && isWatched(fd)) record(UNMODELLED, inodeOf(fd), at, "writable shared mapping", NULL, NULL, 0); \
    return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, at); }
MMAP(mmap)
MMAP(mmap64)

// A P/Invoke into "libc" asks libc itself for the function and would pass by the ones here.
void *dlsym(void *restrict handle, const char *restrict name)
{
    static const struct { const char *name; void *function; } ours[] = {
        { "open", open }, { "open64", open64 }, { "openat", openat }, { "close", close }, { "write", write }, { "writev", writev },
        { "pwrite", pwrite }, { "pwrite64", pwrite64 }, { "pwritev", pwritev }, { "ftruncate", ftruncate }, { "fsync", fsync }, { "fdatasync", fdatasync },
        { "rename", rename }, { "link", link }, { "unlink", unlink }, { "rmdir", rmdir }, { "mkdir", mkdir }, { "mmap", mmap },
        { "fallocate", fallocate }, { "copy_file_range", copy_file_range }, { "sendfile", sendfile },
    };
    static void *(*real)(void *, const char *);
    if (!real)
    {
        static const char *const versions[] = { "GLIBC_2.34", "GLIBC_2.2.5", "GLIBC_2.17" };
        for (size_t i = 0; i < sizeof versions / sizeof *versions && !real; i++) *(void **)&real = dlvsym(RTLD_NEXT, "dlsym", versions[i]);
        if (!real) abort();
    }
    if (handle != RTLD_NEXT)
        for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
            if (strcmp(name, ours[i].name) == 0) return ours[i].function;
    return real(handle, name);
}

// The watched process marks its own moments: what it has acknowledged, and to whom.
void slipway_shim_mark(const void *data, size_t length)
{
    if (logFd < 0) return;
    pthread_mutex_lock(&gate);
    record(MARK, 0, 0, NULL, NULL, data, length);
    pthread_mutex_unlock(&gate);
}

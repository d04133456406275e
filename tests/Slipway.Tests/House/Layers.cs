using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Slipway.Tests.House;

/// <summary>What the code of one folder refers to, read from the compiled assembly: other folders of it, and text literals.</summary>
internal sealed class Layers : IDisposable
{
    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    private readonly MetadataReader metadata;
    private readonly PEReader image;

    public Layers(string assemblyPath)
    {
        image = new PEReader(ImmutableArray.Create(File.ReadAllBytes(assemblyPath)));
        metadata = image.GetMetadataReader();
    }

    /// <summary>Every (folder, folder it refers to, the type that does).</summary>
    public HashSet<(string From, string To, string Type)> References { get; } = [];

    /// <summary>Every (folder, text literal, the type that holds it).</summary>
    public List<(string Folder, string Text, string Type)> Literals { get; } = [];

    public void Dispose() => image.Dispose();

    public Layers Read()
    {
        foreach (var handle in metadata.TypeDefinitions)
        {
            var type = metadata.GetTypeDefinition(handle);
            if (FolderOf(handle) is not { } folder) continue;
            var name = metadata.GetString(type.Name);
            foreach (var field in type.GetFields()) Walk(folder, name, metadata.GetBlobReader(metadata.GetFieldDefinition(field).Signature));
            foreach (var implemented in type.GetInterfaceImplementations()) Refer(folder, name, metadata.GetInterfaceImplementation(implemented).Interface);
            if (!type.BaseType.IsNil) Refer(folder, name, type.BaseType);
            foreach (var method in type.GetMethods())
            {
                var definition = metadata.GetMethodDefinition(method);
                Walk(folder, name, metadata.GetBlobReader(definition.Signature));
                if (definition.RelativeVirtualAddress == 0) continue;
                var body = image.GetMethodBody(definition.RelativeVirtualAddress);
                if (!body.LocalSignature.IsNil) Walk(folder, name, metadata.GetBlobReader(metadata.GetStandaloneSignature(body.LocalSignature).Signature));
                WalkCode(folder, name, body.GetILReader());
            }
        }
        return this;
    }

    private void WalkCode(string folder, string name, BlobReader code)
    {
        while (code.RemainingBytes > 0)
        {
            var first = code.ReadByte();
            var opcode = OpCodesByValue[first == 0xfe ? (short)(0xfe00 | code.ReadByte()) : first];
            switch (opcode.OperandType)
            {
                case OperandType.InlineString:
                    Literals.Add((folder, metadata.GetUserString((UserStringHandle)MetadataTokens.Handle(code.ReadInt32())), name));
                    break;
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    Refer(folder, name, (EntityHandle)MetadataTokens.Handle(code.ReadInt32()));
                    break;
                case OperandType.InlineSwitch:
                    var targets = code.ReadInt32();
                    code.Offset += targets * 4;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    code.Offset += 8;
                    break;
                case OperandType.InlineBrTarget or OperandType.InlineI or OperandType.InlineSig or OperandType.ShortInlineR:
                    code.Offset += 4;
                    break;
                case OperandType.InlineVar:
                    code.Offset += 2;
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    code.Offset += 1;
                    break;
            }
        }
    }

    /// <summary>A signature: every type token in it counts.</summary>
    private void Walk(string folder, string name, BlobReader signature)
    {
        while (signature.RemainingBytes > 0)
        {
            var code = signature.ReadByte();
            // ELEMENT_TYPE_VALUETYPE and ELEMENT_TYPE_CLASS are followed by a type.
            if (code is 0x11 or 0x12 && signature.RemainingBytes > 0) Refer(folder, name, signature.ReadTypeHandle());
        }
    }

    private void Refer(string folder, string name, EntityHandle target)
    {
        if (target.IsNil) return;
        switch (target.Kind)
        {
            case HandleKind.TypeDefinition:
                if (FolderOf((TypeDefinitionHandle)target) is { } to && to != folder) References.Add((folder, to, name));
                break;
            case HandleKind.MethodDefinition:
                Refer(folder, name, metadata.GetMethodDefinition((MethodDefinitionHandle)target).GetDeclaringType());
                break;
            case HandleKind.FieldDefinition:
                Refer(folder, name, metadata.GetFieldDefinition((FieldDefinitionHandle)target).GetDeclaringType());
                break;
            case HandleKind.MemberReference:
                var member = metadata.GetMemberReference((MemberReferenceHandle)target);
                Refer(folder, name, member.Parent);
                Walk(folder, name, metadata.GetBlobReader(member.Signature));
                break;
            case HandleKind.MethodSpecification:
                var method = metadata.GetMethodSpecification((MethodSpecificationHandle)target);
                Refer(folder, name, method.Method);
                Walk(folder, name, metadata.GetBlobReader(method.Signature));
                break;
            case HandleKind.TypeSpecification:
                Walk(folder, name, metadata.GetBlobReader(metadata.GetTypeSpecification((TypeSpecificationHandle)target).Signature));
                break;
        }
    }

    /// <summary>The folder is the part of the namespace after `Slipway.`; what stands in the root belongs to no folder.</summary>
    private string? FolderOf(TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil) type = metadata.GetTypeDefinition(type.GetDeclaringType());
        var space = metadata.GetString(type.Namespace);
        return space.StartsWith("Slipway.", StringComparison.Ordinal) ? space.Split('.')[1] : null;
    }
}

namespace Slipway.Server;

/// <summary>The looks of the pages that are served without script: the colours and sizes of web/src/ui/tokens.css, light and dark as the system has it.</summary>
internal static class SignInLook
{
    /// <summary>The mark of the house, drawn in place: the policy of these pages loads nothing.</summary>
    public const string Mark = """
        <svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7" fill="#0b5c73"/><path d="M5 22.5 27 13l-2.2 6.2c-.5 1.5-1.9 2.5-3.500 2.500H11L5 25z" fill="#fff"/><path d="M12 15.500V8l7 4.300z" fill="#7fd6e8"/></svg>
        """;

    /// <summary>The sheet.</summary>
    public const string Style = """
        :root {
          color-scheme: light dark;
          --paper: light-dark(#f6f8f9, #0e1418); --card: light-dark(#ffffff, #151d22); --line: light-dark(#d5dde2, #2b3840); --line-strong: light-dark(#7d8b94, #6b7b85);
          --ink: light-dark(#14222b, #e8eef1); --ink-2: light-dark(#4a5a64, #a9b8c1); --accent: light-dark(#0b5c73, #6fcbe0); --accent-ink: light-dark(#ffffff, #06222b);
          --bad: light-dark(#b3261e, #ff8f85); --bad-soft: light-dark(#fbe6e4, #3d1a17); --focus: light-dark(#0a6ad6, #7ab8ff);
          font: 100%/1.45 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; background: var(--paper); color: var(--ink)
        }
        * { box-sizing: border-box }
        body { display: grid; grid-template-columns: minmax(0, 24rem); place-content: center; gap: 1.25rem; min-block-size: 100vh; margin: 0; padding: 1.5rem 1rem 15vh }
        header { display: flex; align-items: center; justify-content: center; gap: .6rem; font-size: 1.25rem; font-weight: 700 }
        header svg { inline-size: 2.25rem; block-size: 2.25rem }
        main { padding: 1.5rem; border: 1px solid var(--line); border-radius: .75rem; background: var(--card); overflow-wrap: anywhere }
        main > :last-child, form > :last-child { margin-block-end: 0 }
        h1 { margin: 0 0 .5rem; font-size: 1.375rem; line-height: 1.2; font-weight: 650 }
        p { margin: .75rem 0 }
        a { color: var(--accent); text-underline-offset: .15em }
        label { display: block; margin: 1rem 0 .3rem; font-size: .875rem; font-weight: 550 }
        input { inline-size: 100%; min-block-size: 2.5rem; padding: .4rem .65rem; border: 1px solid var(--line-strong); border-radius: .5rem; background: var(--card); color: inherit; font: inherit }
        button, .way { display: block; inline-size: 100%; padding: .6rem .75rem; border: 1px solid var(--accent); border-radius: .5rem; font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer }
        button { margin-block-start: 1.5rem; background: var(--accent); color: var(--accent-ink) }
        button:hover { filter: brightness(1.1) }
        .way:hover { background: var(--paper) }
        :focus-visible { outline: 2px solid var(--focus); outline-offset: 2px }
        .error { padding: .6rem .8rem; border: 1px solid var(--bad); border-radius: .5rem; background: var(--bad-soft) }
        .note { color: var(--ink-2); font-size: .875rem }
        """;
}

import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

const tone = (name: string, deep = name): MantineColorsTuple => [
  `var(--${name}-soft)`,
  `var(--${name}-soft)`,
  `var(--${name}-soft)`,
  `var(--${name})`,
  `var(--${name})`,
  `var(--${name})`,
  `var(--${name})`,
  `var(--${deep})`,
  `var(--${deep})`,
  `var(--${deep})`,
];

/** Mantine, fed from the tokens: no colour of its own. */
export const theme = createTheme({
  fontFamily: "var(--sans)",
  fontFamilyMonospace: "var(--mono)",
  headings: { fontFamily: "var(--sans)" },
  defaultRadius: 6,
  primaryColor: "accent",
  primaryShade: 6,
  focusRing: "auto",
  cursorType: "pointer",
  respectReducedMotion: true,
  colors: {
    dark: [
      "var(--ink)",
      "var(--ink-2)",
      "var(--muted)",
      "var(--edge)",
      "var(--edge)",
      "var(--sunken)",
      "var(--paper)",
      "var(--paper)",
      "var(--paper)",
      "var(--paper)",
    ],
    gray: [
      "var(--surface)",
      "var(--sunken)",
      "var(--line)",
      "var(--line)",
      "var(--edge)",
      "var(--edge)",
      "var(--muted)",
      "var(--ink-2)",
      "var(--ink-2)",
      "var(--ink)",
    ],
    accent: tone("accent", "accent-deep"),
    alarm: tone("alarm"),
    ok: tone("ok"),
    warn: tone("warn"),
  },
  components: {
    Button: {
      defaultProps: { size: "sm" },
      styles: { root: { height: 32, paddingInline: 14, fontWeight: 500 } },
    },
    ActionIcon: { defaultProps: { variant: "subtle", size: 32 } },
    Input: {
      vars: (_theme: unknown, props: { size?: string }) => ({
        wrapper: { "--input-height": props.size === "xs" ? "28px" : "32px" },
      }),
    },
    TextInput: { defaultProps: { size: "sm" } },
    Textarea: { defaultProps: { size: "sm", autosize: true, minRows: 2 } },
    Select: { defaultProps: { size: "sm", allowDeselect: false, checkIconPosition: "right" } },
    Modal: {
      defaultProps: { centered: true, transitionProps: { duration: 120 }, overlayProps: { blur: 0 } },
    },
    Drawer: { defaultProps: { transitionProps: { duration: 120 }, overlayProps: { blur: 0 } } },
    Tooltip: { defaultProps: { openDelay: 400, withArrow: true } },
  },
});

const tones = ["accent", "alarm", "ok", "warn"].flatMap((name) => [
  [`--mantine-color-${name}-filled`, `var(--${name})`],
  [`--mantine-color-${name}-filled-hover`, `var(--${name === "accent" ? "accent-deep" : name})`],
  [`--mantine-color-${name}-light`, `var(--${name}-soft)`],
  [`--mantine-color-${name}-light-hover`, `var(--${name}-soft)`],
  [`--mantine-color-${name}-light-color`, `var(--${name})`],
  [`--mantine-color-${name}-outline`, `var(--${name})`],
  [`--mantine-color-${name}-text`, `var(--${name})`],
]);

const shared: Record<string, string> = {
  "--mantine-color-body": "var(--paper)",
  "--mantine-color-text": "var(--ink)",
  "--mantine-color-dimmed": "var(--muted)",
  "--mantine-color-placeholder": "var(--muted)",
  "--mantine-color-default": "var(--paper)",
  "--mantine-color-default-hover": "var(--surface)",
  "--mantine-color-default-color": "var(--ink)",
  "--mantine-color-default-border": "var(--edge)",
  "--mantine-color-error": "var(--alarm)",
  "--mantine-color-anchor": "var(--accent)",
  "--mantine-color-disabled": "var(--sunken)",
  "--mantine-color-disabled-color": "var(--muted)",
  "--mantine-color-disabled-border": "var(--line)",
  "--mantine-primary-color-contrast": "var(--on-accent)",
  // What stands on a filled control, and its thumb.
  "--mantine-color-white": "var(--on-accent)",
  ...Object.fromEntries(tones),
};

export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: shared,
  dark: shared,
});

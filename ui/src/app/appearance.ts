/** Language, theme and text size, as the settings say. */
import { type MantineColorScheme, useMantineColorScheme } from "@mantine/core";
import { useEffect } from "react";
import type { Settings } from "../border/generated";
import { speak } from "../words";

export function schemeOf(theme: string): MantineColorScheme {
  return theme === "light" || theme === "dark" ? theme : "auto";
}

/** Applies the settings to the window whenever they change. */
export function useAppearance(settings: Settings | undefined): void {
  const { setColorScheme } = useMantineColorScheme();
  useEffect(() => {
    if (!settings) return;
    speak(settings.language);
    setColorScheme(schemeOf(settings.theme));
    document.documentElement.style.setProperty("--text-size", `${settings.textSize}px`);
  }, [settings, setColorScheme]);
}

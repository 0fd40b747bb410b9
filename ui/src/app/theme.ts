import { onPreferences, preferences } from "./preferences";

/** Keeps `data-theme` on the document in step with the preference and the system. */
export function followTheme() {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const { theme } = preferences();
    const resolved = theme === "system" ? (dark.matches ? "dark" : "light") : theme;
    document.documentElement.dataset.theme = resolved;
  };
  apply();
  dark.addEventListener("change", apply);
  onPreferences(apply);
}

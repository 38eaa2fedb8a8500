// Finds what a person sees, by role and accessible name. Evaluated in the page with (want, name) and returns an
// element or null. `want` is "press", "field" or "any".
const [want, name] = arguments;
const presses = "button,a[href],summary,label,[role=button],[role=link],[role=tab],[role=menuitem],[role=menuitemradio]," +
  "[role=menuitemcheckbox],[role=option],[role=radio],[role=checkbox],[role=switch],[role=treeitem],[role=row]," +
  "input[type=checkbox],input[type=radio],input[type=submit]";
const fields = "input:not([type=hidden]):not([type=checkbox]):not([type=radio]),textarea,select,[contenteditable=true]," +
  "[contenteditable=plaintext-only],[role=textbox],[role=searchbox],[role=combobox],[role=spinbutton]";
const tidy = (text) => (text ?? "").replace(/\s+/g, " ").replace(/\s*\*$/, "").trim();
const shown = (element) => {
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  return box.width > 0 && box.height > 0 && style.visibility !== "hidden" && !element.closest("[inert]");
};
const able = (element) => !element.disabled && element.getAttribute("aria-disabled") !== "true" && !element.hasAttribute("data-disabled");
const nameOf = (element) => {
  const ids = element.getAttribute("aria-labelledby");
  const spoken = ids ? tidy(ids.split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? "").join(" ")) : "";
  if (spoken) return spoken;
  const label = tidy(element.getAttribute("aria-label"));
  if (label) return label;
  if (element.labels?.length) return tidy([...element.labels].map((one) => one.innerText).join(" "));
  if (element.matches(fields)) return tidy(element.getAttribute("placeholder") || element.getAttribute("data-placeholder") || element.title);
  return tidy(element.innerText) || tidy(element.title);
};
const all = [...document.querySelectorAll(want === "field" ? fields : want === "press" ? presses : `${presses},${fields}`)]
  .filter((element) => shown(element) && able(element))
  .map((element) => ({ element, name: nameOf(element) }));
const dialogs = [...document.querySelectorAll("[role=dialog],[role=alertdialog],dialog[open]")].filter(shown);
const front = (one) => dialogs.some((dialog) => dialog.contains(one.element)) || one.element.closest("[role=listbox],[role=menu]");
const pick = (fits) => {
  const fitting = all.filter(fits);
  return (dialogs.length > 0 && fitting.find(front)) || fitting[0];
};
const found = pick((one) => one.name === name) ?? pick((one) => one.name.startsWith(name)) ?? pick((one) => one.name.includes(name));
return found?.element ?? null;

/** Which addresses a link may hold, and which parts of them only follow readers about. */

const ALLOWED = new Set(["http:", "https:", "mailto:"]);
const TRACKING =
  /^(utm_.*|spm|scm|fbclid|gclid|gclsrc|dclid|msclkid|yclid|igshid|mc_cid|mc_eid|_hsenc|_hsmi|vero_id|wt_mc|share_token|share_source|share_from|sharer_.*|bxsign|tt_from|isappinstalled|nsukey)$/i;

function parse(href: string): URL | null {
  try {
    return new URL(href.trim());
  } catch {
    return null;
  }
}

/** Returns the address if a link may hold it (http, https, mailto), otherwise null. */
export function safeHref(href: unknown): string | null {
  if (typeof href !== "string") return null;
  const url = parse(href);
  return url !== null && ALLOWED.has(url.protocol) ? href.trim() : null;
}

/** Returns a safe address without tracking parameters, or null. */
export function cleanHref(href: unknown): string | null {
  const safe = safeHref(href);
  if (safe === null) return null;
  const url = parse(safe);
  if (url === null || url.protocol === "mailto:") return safe;
  const doomed = [...url.searchParams.keys()].filter((key) => TRACKING.test(key));
  if (doomed.length === 0) return safe;
  for (const key of doomed) url.searchParams.delete(key);
  return url.toString();
}

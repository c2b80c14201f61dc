/** Icon of the tab and badge of the installed page: how many workloads are broken, without opening it. */

/** The icon as a data URL: the pulse, and a red octagon with the number once something is broken. */
export function pageIcon(broken: number): string {
  const count = broken > 99 ? '99' : String(broken);
  const size = count.length > 1 ? 13 : 16;
  const mark =
    broken === 0
      ? ''
      : `<path d="M16 10h8l6 6v8l-6 6h-8l-6-6v-8z" fill="#c92f1b" stroke="#fff" stroke-width="1.5"/><text x="20" y="${20 + size / 2.8}" font-family="system-ui,sans-serif" font-size="${size}" font-weight="700" text-anchor="middle" fill="#fff">${count}</text>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#1b2430"/><path d="M6 17h5l3-8 5 14 3-6h4" fill="none" stroke="#3cc9a2" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/>${mark}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

export function showPageIcon(broken: number): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const address = pageIcon(broken);
  if (link !== null && link.href !== address) link.href = address;
}

/** The number on the icon of the installed page, where the browser knows badges and the page is served securely. */
export function showBadge(broken: number): void {
  if (!('setAppBadge' in navigator)) return;
  // Refused where the page is not installed: the icon of the tab says the same.
  void (broken === 0 ? navigator.clearAppBadge() : navigator.setAppBadge(broken)).catch(() => undefined);
}

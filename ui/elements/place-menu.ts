/** Puts a menu that opens under `anchor`, right edges aligned, 8 px from the edge of the page at least. */
export function placeMenu(event: ToggleEvent, anchor: Element): void {
  const menu = event.target;
  if (event.newState !== 'open' || !(menu instanceof HTMLElement)) return;
  const { bottom, right } = anchor.getBoundingClientRect();
  menu.style.top = `${bottom + 6}px`;
  menu.style.right = `${Math.max(8, document.documentElement.clientWidth - right)}px`;
}

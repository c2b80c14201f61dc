/** Between a menu and the edges of the page. */
const edgePx = 8;

/**
 * Puts a menu that opens under `anchor`, their right or left edges aligned; never beyond an edge of the page, wherever
 * on a narrow one its button is.
 */
export function placeMenu(event: ToggleEvent, anchor: Element, aligned: 'right' | 'left' = 'right'): void {
  const menu = event.target;
  if (event.newState !== 'open' || !(menu instanceof HTMLElement)) return;
  const { bottom, left, right } = anchor.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  // A box shrinks to the room right of where it stands: measured at the left edge it has its whole width.
  menu.style.left = '0px';
  const wantedLeft = aligned === 'left' ? left : right - menu.offsetWidth;
  const lastLeft = clientWidth - menu.offsetWidth - edgePx;
  const lastTop = clientHeight - menu.offsetHeight - edgePx;
  menu.style.left = `${Math.max(edgePx, Math.min(wantedLeft, lastLeft))}px`;
  menu.style.top = `${Math.max(edgePx, Math.min(bottom + 6, lastTop))}px`;
}

/**
 * Copies text. On plain http that is not localhost there is no `navigator.clipboard`; the old way through a selection
 * works there. False when neither does, so that the caller can say so.
 */
export async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard !== undefined) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Not permitted, or no focus: the old way may still do.
    }
  }
  const area = document.createElement('textarea');
  const active = document.activeElement;
  area.value = text;
  area.readOnly = true;
  area.style.position = 'fixed';
  area.style.insetInlineStart = '-100vw';
  document.body.append(area);
  area.select();
  try {
    return document.execCommand('copy');
  } finally {
    area.remove();
    if (active instanceof HTMLElement) active.focus();
  }
}

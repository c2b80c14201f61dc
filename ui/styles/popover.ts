import { css } from 'lit';

/** What opens over the page: native popovers and dialogs. */
export const popover = css`
  [popover] {
    position: fixed;
    inset: auto;
    margin: 0;
    padding: var(--gap-4);
    max-height: calc(100vh - 5rem);
    overflow-y: auto;
    border: 1px solid var(--line);
    border-radius: var(--radius-3);
    background: var(--surface-raised);
    color: var(--text);
    box-shadow: var(--shadow-raised);
    font-size: var(--size-3);
  }

  dialog {
    width: min(36rem, calc(100vw - 1.5rem));
    max-height: min(40rem, calc(100vh - 3rem));
    margin-block-start: 12vh;
    padding: 0;
    border: 1px solid var(--line);
    border-radius: var(--radius-3);
    background: var(--surface-raised);
    color: var(--text);
    box-shadow: var(--shadow-raised);
  }

  dialog::backdrop {
    background: rgb(8 12 18 / 45%);
  }
`;

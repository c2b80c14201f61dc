import { css } from 'lit';

/** Colours of log lines: terminal colours, levels, and eight hues that tell pods apart; all readable on the surface. */
export const logStyles = css`
  .ansi-bold {
    font-weight: 700;
  }

  .ansi-0 {
    color: var(--text-faint);
  }

  .ansi-1 {
    color: var(--down-text);
  }

  .ansi-2 {
    color: var(--healthy-text);
  }

  .ansi-3 {
    color: var(--degraded-text);
  }

  .ansi-4 {
    color: var(--progressing-text);
  }

  .ansi-5 {
    color: var(--unknown-text);
  }

  .ansi-6 {
    color: light-dark(#0b6a75, #58cbd8);
  }

  .ansi-7 {
    color: var(--text-soft);
  }

  .hue-0 {
    color: light-dark(#3f4fc4, #9aa8ff);
  }

  .hue-1 {
    color: light-dark(#86500a, #f0b35e);
  }

  .hue-2 {
    color: light-dark(#0b6a75, #58cbd8);
  }

  .hue-3 {
    color: light-dark(#8a2f78, #f09ae0);
  }

  .hue-4 {
    color: light-dark(#3d6a12, #a6d86a);
  }

  .hue-5 {
    color: light-dark(#a33524, #ff9c8a);
  }

  .hue-6 {
    color: light-dark(#5b45a5, #c0aeff);
  }

  .hue-7 {
    color: light-dark(#0f6448, #62d6a8);
  }

  .row.error {
    border-inline-start-color: var(--down);
  }

  .row.warn {
    border-inline-start-color: var(--degraded);
  }

  .row.debug {
    color: var(--text-soft);
  }
`;

import { css } from 'lit';

/** States over time drawn as `rect`s, each with its state as its class. */
export const stateFills = css`
  rect {
    fill: var(--quiet);
  }

  .Down {
    fill: var(--down);
  }

  .Degraded {
    fill: var(--degraded);
  }

  .Progressing {
    fill: var(--progressing);
  }

  .Healthy {
    fill: color-mix(in srgb, var(--healthy) 62%, var(--surface));
  }

  .Unknown {
    fill: var(--unknown);
  }

  .NotObserved {
    fill: var(--line-strong);
  }
`;

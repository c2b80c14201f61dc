import { css } from 'lit';

/** What every element starts from: box sizes, links, focus ring, and text for screen readers alone. */
export const base = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }

  :host {
    display: block;
  }

  :host([hidden]),
  [hidden] {
    display: none !important;
  }

  a {
    color: var(--accent);
    text-decoration: none;
  }

  a:hover {
    text-decoration: underline;
    text-underline-offset: 0.15em;
  }

  :focus-visible {
    outline: 2px solid var(--focus);
    outline-offset: 2px;
    border-radius: var(--radius-1);
  }

  /* A screen that opens moves the focus to its heading: that is for screen readers, nobody can act on it. */
  h1:focus {
    outline: none;
  }

  h1,
  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd,
  pre {
    margin: 0;
    padding: 0;
  }

  ul,
  ol {
    list-style: none;
  }

  .hidden-text {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }

  .number {
    font-variant-numeric: tabular-nums;
  }

  .code {
    font-family: var(--font-code);
    font-size: 0.92em;
  }

  .soft {
    color: var(--text-soft);
  }

  .faint {
    color: var(--text-faint);
  }

  .cut {
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
`;

/** Buttons, fields and selects. */
export const controls = css`
  button,
  .button {
    appearance: none;
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: var(--gap-2);
    min-height: 2rem;
    padding: 0 var(--gap-3);
    border: 1px solid var(--line);
    border-radius: var(--radius-2);
    background: var(--surface);
    color: var(--text);
    /* Not 1: what is cut off at its end would lose the lower part of its g and p as well. */
    font: 500 var(--size-3) / 1.3 var(--font-text);
    text-decoration: none;
    white-space: nowrap;
    cursor: pointer;
  }

  button:hover,
  .button:hover {
    background: var(--surface-hover);
    text-decoration: none;
  }

  button[aria-pressed="true"],
  button[aria-expanded="true"] {
    background: var(--surface-selected);
    border-color: var(--accent);
  }

  button:disabled {
    opacity: 0.55;
    cursor: default;
  }

  button.primary {
    background: var(--accent);
    border-color: var(--accent);
    color: var(--accent-text);
  }

  button.bare {
    border-color: transparent;
    background: transparent;
    color: var(--text-soft);
  }

  button.bare:hover {
    background: var(--surface-hover);
    color: var(--text);
  }

  button.small,
  .button.small {
    min-height: 1.625rem;
    padding: 0 var(--gap-2);
    font-size: var(--size-2);
    border-radius: 6px;
  }

  button svg,
  .button svg {
    width: 1rem;
    height: 1rem;
    flex: none;
  }

  input[type="text"],
  input[type="search"],
  input[type="password"],
  select {
    min-height: 2rem;
    padding: 0 var(--gap-3);
    border: 1px solid var(--line-strong);
    border-radius: var(--radius-2);
    background: var(--surface);
    color: var(--text);
    font: 400 var(--size-4) / 1.2 var(--font-text);
  }

  input::placeholder {
    color: var(--text-faint);
    opacity: 1;
  }

  @media (forced-colors: active) {
    button[aria-pressed="true"],
    button[aria-expanded="true"] {
      outline: 2px solid Highlight;
    }
  }

  @media (pointer: coarse) {
    button,
    .button,
    select,
    input {
      min-height: 2.5rem;
    }

    /* Below 16 px a phone zooms into a field that is touched, and stays there. */
    select,
    input {
      font-size: 1rem;
    }
  }
`;

/** A screen that is one column of panels under a heading. */
export const screen = css`
  :host {
    display: flex;
    flex-direction: column;
    gap: var(--gap-4);
    max-width: 120rem;
    padding: var(--gap-5) var(--gap-5) var(--gap-6);
  }

  h1 {
    font-size: var(--size-7);
    font-weight: 620;
    letter-spacing: -0.02em;
  }
`;

/** The plain box that parts of a screen stand in, and its heading. */
export const panel = css`
  .panel {
    background: var(--surface);
    border: 1px solid var(--line);
    border-radius: var(--radius-3);
    box-shadow: var(--shadow);
  }

  .panel > header {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
    padding: var(--gap-3) var(--gap-4);
  }

  h2 {
    min-width: 0;
    overflow-wrap: anywhere;
    font-size: var(--size-4);
    font-weight: 600;
    letter-spacing: -0.005em;
  }
`;

/** Tables for reading: pods, events, settings. */
export const table = css`
  /* Positioned: text for screen readers alone must scroll with it. */
  .scroll {
    position: relative;
    overflow-x: auto;
  }

  table {
    width: 100%;
    border-collapse: collapse;
    font-size: var(--size-3);
  }

  th {
    padding: var(--gap-2) var(--gap-3);
    text-align: start;
    font-weight: 500;
    font-size: var(--size-2);
    color: var(--text-faint);
    border-block-end: 1px solid var(--line);
    white-space: nowrap;
  }

  td {
    padding: var(--gap-2) var(--gap-3);
    border-block-end: 1px solid var(--line);
    vertical-align: top;
  }

  tr:last-child > th[scope="row"],
  tr:last-child > td {
    border-block-end: 0;
  }

  th:first-child,
  td:first-child {
    padding-inline-start: var(--gap-4);
  }

  th.end,
  td.end {
    text-align: end;
    font-variant-numeric: tabular-nums;
  }

  /* On a phone a row is a small paragraph: nothing scrolls sideways, and a bare figure says what it counts. */
  @media (max-width: 40rem) {
    .stack,
    .stack tbody {
      display: block;
    }

    .stack thead {
      position: absolute;
      width: 1px;
      height: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }

    .stack tr {
      display: flex;
      flex-wrap: wrap;
      align-items: baseline;
      gap: var(--gap-1) var(--gap-3);
      padding: var(--gap-2) var(--gap-4);
      border-block-end: 1px solid var(--line);
    }

    .stack tr:last-child {
      border-block-end: 0;
    }

    .stack td,
    .stack tbody th {
      min-width: 0;
      max-width: 100%;
      padding: 0;
      border: 0;
      overflow-wrap: anywhere;
    }

    .stack td:empty {
      display: none;
    }

    .stack [data-label]::before {
      content: attr(data-label) " ";
      color: var(--text-faint);
      font-size: var(--size-2);
    }

    .stack .line {
      flex-basis: 100%;
    }
  }
`;

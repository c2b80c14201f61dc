const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes in binary units with three significant digits: `1.25 GiB`. */
export function formatBytes(bytes: number, locale: string): string {
  let amount = Math.max(0, bytes);
  let unit = 0;
  while (amount >= 1024 && unit < binary.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${formatNumber(amount, locale)} ${binary[unit]}`;
}

/** CPU: millicores below one core as Kubernetes writes them (`250m`), cores above. */
export function formatCores(cores: number, locale: string): string {
  if (cores < 1) return `${Math.round(Math.max(0, cores) * 1000)}m`;
  return formatNumber(cores, locale);
}

/** A share of one; never rounded up to 100 % while something is missing, nor down to nothing while there is some. */
export function formatShare(share: number, locale: string): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.01) return `< ${numberFormat(locale, { maximumFractionDigits: 2 }).format(0.01)} %`;
  const digits = percent >= 99 && percent < 100 ? 2 : percent >= 10 || percent === 0 ? 1 : 2;
  const factor = 10 ** digits;
  const shown = percent < 100 ? Math.min(Math.floor(percent * factor) / factor, 99.99) : 100;
  return `${numberFormat(locale, { maximumFractionDigits: digits }).format(shown)} %`;
}

/** A ratio for a glance, in whole percent: 1.25 is `125 %`. */
export function formatPercent(ratio: number, locale: string): string {
  return `${numberFormat(locale, { maximumFractionDigits: 0 }).format(ratio * 100)} %`;
}

/** A ratio as what it adds: 1.25 is `+25 %`. */
export function formatChange(ratio: number, locale: string): string {
  return `${numberFormat(locale, { maximumFractionDigits: 0, signDisplay: 'exceptZero' }).format((ratio - 1) * 100)} %`;
}

/** Whole up to 9,999; short beyond, where a column has no room for more. */
export function formatCompact(count: number, locale: string): string {
  return numberFormat(locale, count > 9_999 ? { notation: 'compact' } : {}).format(count);
}

function formatNumber(amount: number, locale: string): string {
  return numberFormat(locale, { maximumSignificantDigits: amount >= 100 ? 4 : 3 }).format(amount);
}

/** Making a format costs a hundred times what using it does, and a list uses some hundred a second. */
const formats = new Map<string, Intl.NumberFormat>();

function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale} ${Object.entries(options).join()}`;
  const made = formats.get(key) ?? new Intl.NumberFormat(locale, options);
  formats.set(key, made);
  return made;
}

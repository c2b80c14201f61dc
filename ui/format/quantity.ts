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

/** A share of one; never rounded up to 100 % while something is missing. */
export function formatShare(share: number, locale: string): string {
  const percent = share * 100;
  const digits = percent >= 99 && percent < 100 ? 2 : percent >= 10 || percent === 0 ? 1 : 2;
  const factor = 10 ** digits;
  const shown = percent < 100 ? Math.min(Math.floor(percent * factor) / factor, 99.99) : 100;
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(shown)} %`;
}

export function formatCount(count: number, locale: string): string {
  return new Intl.NumberFormat(locale).format(count);
}

/** Whole up to 9,999; short beyond, where a column has no room for more. */
export function formatCompact(count: number, locale: string): string {
  return new Intl.NumberFormat(locale, count > 9_999 ? { notation: 'compact' } : {}).format(count);
}

function formatNumber(amount: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumSignificantDigits: amount >= 100 ? 4 : 3 }).format(amount);
}

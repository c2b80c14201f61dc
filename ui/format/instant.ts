export type TimeZoneChoice = 'local' | 'utc';

/** An RFC 3339 text as epoch milliseconds; null when it is absent or unreadable. */
export function parseInstant(text: string | null | undefined): number | null {
  if (text === null || text === undefined) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(
  locale: string,
  zone: TimeZoneChoice,
  style: 'full' | 'dated' | 'time' | 'clock' | 'weekday' | 'day' | 'year',
): Intl.DateTimeFormat {
  const name = `${locale} ${zone} ${style}`;
  const known = formats.get(name);
  if (known) return known;
  const timeZone = zone === 'utc' ? { timeZone: 'UTC' } : {};
  const parts: Record<typeof style, Intl.DateTimeFormatOptions> = {
    full: { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' },
    time: { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' },
    clock: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
    dated: { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' },
    weekday: { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' },
    day: { year: 'numeric', month: 'short', day: 'numeric' },
    year: { year: 'numeric' },
  };
  const made = new Intl.DateTimeFormat(locale, { ...parts[style], hourCycle: 'h23', ...timeZone });
  formats.set(name, made);
  return made;
}

/** To the second, with the zone where it is not the reader's own: for titles and copies. */
export function formatFullInstant(at: number, locale: string, zone: TimeZoneChoice): string {
  return `${format(locale, zone, 'full').format(at)}${zone === 'utc' ? ' UTC' : ''}`;
}

/** To the second today, with the day before that, with the year in another one. */
export function formatInstant(at: number, now: number, locale: string, zone: TimeZoneChoice): string {
  const isSame = (style: 'day' | 'year'): boolean => {
    const unit = format(locale, zone, style);
    return unit.format(at) === unit.format(now);
  };
  const style = isSame('day') ? 'clock' : isSame('year') ? 'time' : 'dated';
  return format(locale, zone, style).format(at);
}

/** The whole day, for what stands between two of them. */
export function formatDay(at: number, locale: string, zone: TimeZoneChoice): string {
  return `${format(locale, zone, 'weekday').format(at)}${zone === 'utc' ? ' UTC' : ''}`;
}

/** A number for each calendar day: two instants of the same day have the same. */
export function dayOf(at: number, zone: TimeZoneChoice): number {
  const moment = new Date(at);
  const [year, month, day] =
    zone === 'utc'
      ? [moment.getUTCFullYear(), moment.getUTCMonth(), moment.getUTCDate()]
      : [moment.getFullYear(), moment.getMonth(), moment.getDate()];
  return (year * 12 + month) * 31 + day;
}

/** Wall clock with milliseconds, for log lines. */
export function formatClock(at: number, zone: TimeZoneChoice): string {
  const moment = new Date(at);
  const parts =
    zone === 'utc'
      ? [moment.getUTCHours(), moment.getUTCMinutes(), moment.getUTCSeconds(), moment.getUTCMilliseconds()]
      : [moment.getHours(), moment.getMinutes(), moment.getSeconds(), moment.getMilliseconds()];
  const [hours = 0, minutes = 0, seconds = 0, millis = 0] = parts;
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(hours)}:${two(minutes)}:${two(seconds)}.${String(millis).padStart(3, '0')}`;
}

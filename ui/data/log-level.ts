/** How serious a line of a log is, worst first. */
export const logLevels = ['error', 'warn', 'info', 'debug', 'other'] as const;
export type LogLevel = (typeof logLevels)[number];

/** What the API is told by `main.ts`, once. Nothing in this folder reads the environment. */
export interface ApiConfig {
  /** Version of the build: shown by health, part of entity tags. */
  readonly version: string;
  readonly runtime: 'kubernetes' | 'docker' | 'demo';
  /** Begins and ends with a slash. */
  readonly basePath: string;
  /** Address that the server listens on; a loopback address makes the default Host allowlist strict. */
  readonly address: { readonly host: string; readonly port: number };
  /** Host names without port; `*.example.com` covers one or more labels. Empty: see `hostPolicy`. */
  readonly allowedHosts: readonly string[];
  /** Origins that may read from a browser; empty: none. */
  readonly corsOrigins: readonly string[];
  readonly auth: AuthConfig;
  readonly license: {
    /** What `MAINTENANT_LICENSE_KEY` holds. */
    readonly key: string | null;
    /** Ed25519 public key of the issuer, SPKI as base64; null in a build without one. */
    readonly publicKey: string | null;
  };
  /** Every setting as it took effect; secrets arrive without their value. */
  readonly configuration: readonly EffectiveSetting[];
}

export type AuthConfig =
  | { readonly mode: 'none' }
  | {
      readonly mode: 'token';
      /** `sha256:<64 hex digits>` of each accepted token. */
      readonly tokenHashes: readonly string[];
    }
  | {
      readonly mode: 'forward';
      readonly header: string;
      /** Address ranges of the proxies whose header is believed. */
      readonly cidrs: readonly string[];
    };

export interface EffectiveSetting {
  readonly name: string;
  readonly value: string;
  readonly source: 'default' | 'environment' | 'flag';
  readonly redacted: boolean;
}

/** The part of a clock that this folder needs; the controller's fits. */
export interface Timers {
  /** @returns the function that cancels it */
  setTimer(ms: number, fn: () => void): () => void;
}

/** The part of pino that this folder needs. Never handed a log line of a container, a token or an address with one. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

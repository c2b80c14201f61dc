import { firstLine, plainText } from './text.ts';

/**
 * The text of an `Unhealthy` or `ProbeWarning` event. "failed" is a verdict of the probe and counts; "errored" means
 * that the probe itself did not run. Texts: https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/kubelet/prober/prober.go
 * and pkg/probe/{http,tcp,exec,grpc}.
 */

export type ProbeName = 'liveness' | 'readiness' | 'startup';

export type ProbeResult =
  | { readonly kind: 'httpStatus'; readonly status: number }
  | { readonly kind: 'refused' | 'timeout' | 'noRoute' | 'schemeMismatch' | 'commandMissing' | 'grpc' | 'output' };

export interface ProbeText {
  /** Null when the text is of another version. */
  readonly probe: ProbeName | null;
  /** The probe did not run; its result was discarded. */
  readonly errored: boolean;
  readonly result: ProbeResult;
  /** What the probe said, its first line. */
  readonly said: string;
}

export function parseProbeText(message: string): ProbeText {
  const text = plainText(message);
  const head = /^(Liveness|Readiness|Startup) probe (failed|warning|errored(?: and resulted in \w+ state)?):\s*/i.exec(
    text,
  );
  const tail = head === null ? text : text.slice(head[0].length);
  return {
    probe: probeName(head?.[1]),
    errored: head?.[2]?.startsWith('errored') ?? false,
    result: resultOf(tail),
    said: firstLine(tail),
  };
}

function probeName(word: string | undefined): ProbeName | null {
  switch (word?.toLowerCase()) {
    case 'liveness':
      return 'liveness';
    case 'readiness':
      return 'readiness';
    case 'startup':
      return 'startup';
    default:
      return null;
  }
}

function resultOf(tail: string): ProbeResult {
  const status = /HTTP probe failed with statuscode: (\d{3})/.exec(tail);
  if (status !== null) return { kind: 'httpStatus', status: Number(status[1]) };
  if (/executable file not found|OCI runtime exec failed/i.test(tail)) return { kind: 'commandMissing' };
  if (/NOT_SERVING|grpc health protocol|failed to connect service|health rpc/i.test(tail)) return { kind: 'grpc' };
  if (/connection refused/i.test(tail)) return { kind: 'refused' };
  if (/HTTP response to HTTPS client|x509:|malformed HTTP response|tls: /i.test(tail))
    return { kind: 'schemeMismatch' };
  if (/no route to host|network is unreachable/i.test(tail)) return { kind: 'noRoute' };
  if (/Client\.Timeout|i\/o timeout|timed out|context deadline exceeded/i.test(tail)) return { kind: 'timeout' };
  return { kind: 'output' };
}

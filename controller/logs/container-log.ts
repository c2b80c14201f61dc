import { kinds, resourcePath } from '../kubernetes/kinds.ts';
import type { Query, Transport } from '../kubernetes/transport.ts';
import { LogLines, type LogLine } from './log-lines.ts';

/** Which part of a container's log is wanted. */
export interface ContainerLogRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
  readonly follow: boolean;
  /** Lines from the end; null for all since `sinceAt`. */
  readonly tailLines: number | null;
  readonly sinceSeconds: number | null;
  /** Epoch ms: goes on after a break. The server reads whole seconds, so lines of that second may come again. */
  readonly sinceAt: number | null;
}

/** A kubelet that says nothing for so long in the middle of an answer will not go on. */
const answerSilenceMs = 30_000;

/**
 * The lines of one container's log through the API server. Breaking off the iteration closes the connection.
 * @throws StatusError when the server says no: 400 a container that has not started, 403, 404 a pod that is gone.
 */
export async function* containerLog(
  transport: Transport,
  request: ContainerLogRequest,
  signal: AbortSignal,
): AsyncGenerator<LogLine, void, undefined> {
  const path = `${resourcePath(kinds.pods, request.namespace, request.pod)}/log`;
  // A quiet container that is followed is no broken connection: TCP keepalive finds those. Any other answer is in hand.
  const idleTimeoutMs = request.follow ? 0 : answerSilenceMs;
  const chunks = await transport.stream(path, queryOf(request), signal, { accept: '*/*', idleTimeoutMs });
  const lines = new LogLines();
  for await (const chunk of chunks) yield* lines.push(chunk);
  const last = lines.end();
  if (last !== null) yield last;
}

function queryOf({ container, previous, follow, tailLines, sinceSeconds, sinceAt }: ContainerLogRequest): Query {
  return {
    container,
    timestamps: true,
    previous: previous || undefined,
    follow: follow || undefined,
    tailLines: sinceAt === null ? (tailLines ?? undefined) : undefined,
    sinceSeconds: sinceAt === null ? (sinceSeconds ?? undefined) : undefined,
    sinceTime: sinceAt === null ? undefined : new Date(sinceAt).toISOString(),
  };
}

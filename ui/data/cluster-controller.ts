import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { ClusterConnection, ClusterView } from './cluster-connection.ts';

/** Draws its host again when the picture of the cluster or the connection to it changes. */
export class ClusterController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #connection: ClusterConnection;
  readonly #changed: ((view: ClusterView, touched: ReadonlySet<string>) => void) | null;
  #stop: (() => void) | null = null;

  constructor(
    host: ReactiveControllerHost,
    connection: ClusterConnection,
    changed: ((view: ClusterView, touched: ReadonlySet<string>) => void) | null = null,
  ) {
    this.#host = host;
    this.#connection = connection;
    this.#changed = changed;
    host.addController(this);
  }

  get view(): ClusterView {
    return this.#connection.view;
  }

  hostConnected(): void {
    this.#stop = this.#connection.listen((view, touched) => {
      this.#changed?.(view, touched);
      this.#host.requestUpdate();
    });
  }

  hostDisconnected(): void {
    this.#stop?.();
    this.#stop = null;
  }
}

import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

interface NginxSettings {
  /** Outside of the `http` block. */
  readonly main?: string;
  readonly http?: string;
}

/** Debian's nginx in a folder of its own, with its default settings but for what a test is about. */
export class Nginx {
  readonly port: number;
  readonly tlsPort: number;
  readonly #folder: string;
  readonly #process: ChildProcess;

  constructor(ports: readonly [number, number], folder: string, child: ChildProcess) {
    [this.port, this.tlsPort] = ports;
    this.#folder = folder;
    this.#process = child;
  }

  /** @param locations the `location` blocks of the one server */
  static async start(locations: string, settings: NginxSettings = {}): Promise<Nginx> {
    const folder = mkdtempSync(path.join(tmpdir(), 'maintenant-nginx-'));
    mkdirSync(path.join(folder, 'temporary'));
    const ports = [await freePort(), await freePort()] as const;
    makeCertificate(folder);
    writeFileSync(path.join(folder, 'nginx.conf'), configuration(ports, locations, settings));
    const child = spawn('/usr/sbin/nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'error.log'], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const nginx = new Nginx(ports, folder, child);
    await nginx.#answering();
    return nginx;
  }

  /** New worker processes with the same configuration, as after a change of an ingress. */
  reload(): void {
    this.#process.kill('SIGHUP');
  }

  /** Self-signed for localhost, so it is its own authority. */
  get certificate(): string {
    return readFileSync(path.join(this.#folder, 'server.crt'), 'utf8');
  }

  get errors(): string {
    return readFileSync(path.join(this.#folder, 'error.log'), 'utf8');
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null) {
      this.#process.kill('SIGTERM');
      await once(this.#process, 'exit');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #answering(): Promise<void> {
    for (let attempt = 0; attempt < 100; attempt++) {
      if (this.#process.exitCode !== null) throw new Error(`nginx ended at once: ${this.errors}`);
      try {
        await fetch(`http://127.0.0.1:${this.port}/api/v1/health`);
        return;
      } catch {
        // Not listening yet: the next attempt tells.
        await sleep(50);
      }
    }
    throw new Error(`nginx does not answer on port ${this.port}: ${this.errors}`);
  }
}

function configuration(ports: readonly [number, number], locations: string, settings: NginxSettings): string {
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path temporary/${name};`)
    .join(' ');
  return `
daemon off;
pid nginx.pid;
${user}
${settings.main ?? ''}
worker_processes 2;
events { worker_connections 768; }
http {
  access_log off;
  gzip on;
  ${temporary}
  ${settings.http ?? ''}
  server {
    listen 127.0.0.1:${ports[0]};
    listen 127.0.0.1:${ports[1]} ssl;
    ssl_certificate server.crt;
    ssl_certificate_key server.key;
    ${locations}
  }
}
`;
}

function makeCertificate(folder: string): void {
  const made = spawnSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'].concat([
      '-keyout',
      'server.key',
      '-out',
      'server.crt',
      '-subj',
      '/CN=localhost',
    ]),
    { cwd: folder, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`openssl made no certificate: ${made.stderr}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { acceptsEncoding } from './compression.ts';
import type { ApiContext } from './edge.ts';

/** One file of the page, in memory: together they are a few hundred kilobytes. */
export interface Asset {
  readonly contentType: string;
  readonly body: Buffer<ArrayBuffer>;
  readonly gzip: Buffer<ArrayBuffer> | null;
  readonly brotli: Buffer<ArrayBuffer> | null;
  /** The name carries a hash of the content, so a copy never gets old. */
  readonly immutable: boolean;
}

/** By name relative to the folder, `index.html` among them. Empty where the page was not built. */
export type Assets = ReadonlyMap<string, Asset>;

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.map': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** Reads a folder of built files; `name.br` and `name.gz` beside a file are its compressed forms. */
export function loadAssets(folder: string): Assets {
  const names = new Set(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/')),
  );
  const read = (name: string): Buffer<ArrayBuffer> => readFileSync(path.join(folder, name));
  const assets = new Map<string, Asset>();
  for (const name of names) {
    const contentType = contentTypes[path.extname(name)];
    if (contentType === undefined) continue;
    assets.set(name, {
      contentType,
      body: read(name),
      gzip: names.has(`${name}.gz`) ? read(`${name}.gz`) : null,
      brotli: names.has(`${name}.br`) ? read(`${name}.br`) : null,
      immutable: /-[A-Z0-9]{8}\.\w+$/.test(name),
    });
  }
  return assets;
}

/**
 * Serves the page: files by their name, and index.html for every other address that a browser navigates to, because
 * the page's own routes (`/w/shop/Deployment/checkout`) are no files.
 */
export class StaticFiles {
  readonly #assets: Assets;
  readonly #index: string | null;

  constructor(assets: Assets, basePath: string) {
    this.#assets = assets;
    const index = assets.get('index.html');
    this.#index = index === undefined ? null : withBase(index.body.toString(), basePath);
  }

  /** Null when the path is neither a file nor a page. */
  serve(c: ApiContext): Response | null {
    const { path: requestPath } = c.req;
    const name = requestPath.slice(1);
    const asset = name === 'index.html' ? undefined : this.#assets.get(name);
    if (asset !== undefined) return serveAsset(asset, c.req.header('accept-encoding'));
    const isPage = requestPath === '/' || name === 'index.html' || acceptsHtml(c.req.header('accept') ?? '');
    if (!isPage || this.#index === null || requestPath.startsWith('/api/')) return null;
    return new Response(this.#index, {
      headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' },
    });
  }
}

function acceptsHtml(accept: string): boolean {
  return accept.includes('text/html');
}

function serveAsset(asset: Asset, acceptEncoding: string | undefined): Response {
  const headers: Record<string, string> = {
    'content-type': asset.contentType,
    'cache-control': asset.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'Accept-Encoding',
  };
  if (asset.brotli !== null && acceptsEncoding(acceptEncoding, 'br')) {
    return new Response(asset.brotli, { headers: { ...headers, 'content-encoding': 'br' } });
  }
  if (asset.gzip !== null && acceptsEncoding(acceptEncoding, 'gzip')) {
    return new Response(asset.gzip, { headers: { ...headers, 'content-encoding': 'gzip' } });
  }
  return new Response(asset.body, { headers });
}

/** Everything in the page is addressed relative to this one element, so that it works under any base path. */
function withBase(html: string, basePath: string): string {
  return html.replace(/<head>/i, `<head>\n    <base href="${basePath}">`);
}

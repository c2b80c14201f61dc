/**
 * Bundles server and page into `dist/`:
 *
 *     dist/maintenant.js      everything of the server but SQLite's native file
 *     dist/writer.js, …       one file per worker thread of `store/`
 *     dist/linux-x64-….node   SQLite for the platform that was asked for
 *     dist/ui/                the page, hashed names, each file also as .br and .gz
 *     dist/sbom.cdx.json      the packages inside, and their licence texts in dist/THIRD-PARTY-LICENSES.txt
 *
 * Bundling is what makes the memory target possible: unbundled, drizzle-orm and client-node alone cost 180 MB.
 *
 * `node scripts/build.ts [--platform linux-arm64] [--if-changed]`
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build, type Metafile, type Plugin } from 'esbuild';
import { englishOnly, leanKubernetesClient } from './lean-bundle.ts';
import { billOfMaterials, licenseTexts, lockedPackages, packagesOf } from './sbom.ts';

const root = path.join(import.meta.dirname, '..');
const dist = path.join(root, 'dist');
const sourceFolders = ['api', 'controller', 'health', 'simulator', 'store', 'ui'];

const { values: options } = parseArgs({
  options: {
    platform: { type: 'string', default: `${process.platform}${isMusl() ? 'musl' : ''}-${process.arch}` },
    'if-changed': { type: 'boolean', default: false },
  },
});

const version = readVersion();
const stampFile = path.join(dist, '.stamp');
const stamp = sourceStamp();
if (!options['if-changed'] || !existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(path.join(dist, 'ui'), { recursive: true });
  writeBill((await Promise.all([buildServer(), buildPage()])).flat());
  writeFileSync(stampFile, stamp);
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  if (
    typeof manifest === 'object' &&
    manifest !== null &&
    'version' in manifest &&
    typeof manifest.version === 'string'
  ) {
    return manifest.version;
  }
  throw new Error('package.json has no version');
}

function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const report: unknown = process.report.getReport();
  const header = typeof report === 'object' && report !== null && 'header' in report ? report.header : null;
  return typeof header === 'object' && header !== null && !('glibcVersionRuntime' in header);
}

/** Size and time of every source file: cheap enough for each start, and any edit changes it. */
function sourceStamp(): string {
  const hash = createHash('sha256').update(
    `${options.platform}\n${version}\n${process.env['MAINTENANT_LICENSE_PUBLIC_KEY'] ?? ''}\n`,
  );
  const files = [
    ...readdirSync(root)
      .filter((file) => file.endsWith('.ts'))
      .concat('package-lock.json', 'scripts/build.ts', 'scripts/lean-bundle.ts', 'scripts/sbom.ts')
      .map((file) => path.join(root, file)),
    ...sourceFolders.flatMap((folder) =>
      existsSync(path.join(root, folder))
        ? readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
            path.join(root, folder, file),
          )
        : [],
    ),
  ];
  for (const file of files.sort()) {
    const status = statSync(file, { throwIfNoEntry: false });
    if (status?.isFile()) hash.update(`${file} ${status.size} ${status.mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** better-sqlite3 finds its native file at run time; a bundle needs it named at build time. */
function nativeSqlite(platform: string): Plugin {
  return {
    name: 'native-sqlite',
    setup(bundler) {
      bundler.onResolve({ filter: /^better-sqlite3$/ }, (request) =>
        bundler.resolve(`better-sqlite3/${platform}`, { kind: request.kind, resolveDir: request.resolveDir }),
      );
    },
  };
}

/** From the files that were bundled, not from the list of dependencies: what esbuild shook off is not inside. */
function writeBill(inputs: readonly string[]): void {
  const packages = packagesOf(inputs, lockedPackages(path.join(root, 'package-lock.json')));
  writeFileSync(path.join(dist, 'sbom.cdx.json'), billOfMaterials({ name: 'maintenant', version }, packages));
  writeFileSync(path.join(dist, 'THIRD-PARTY-LICENSES.txt'), licenseTexts(root, packages));
}

/** Resolves with the files that went in. */
async function buildServer(): Promise<readonly string[]> {
  const workers = readdirSync(path.join(root, 'store')).filter((file) => /^(writer|reader)\.ts$/.test(file));
  const { metafile } = await build({
    absWorkingDir: root,
    metafile: true,
    entryPoints: {
      maintenant: 'main.ts',
      ...Object.fromEntries(workers.map((file) => [file.replace('.ts', ''), `store/${file}`])),
    },
    outdir: dist,
    bundle: true,
    platform: 'node',
    target: 'node26',
    format: 'esm',
    minify: true,
    keepNames: true,
    legalComments: 'linked',
    logLevel: 'warning',
    loader: { '.node': 'copy' },
    assetNames: '[name]-[hash]',
    plugins: [nativeSqlite(options.platform), leanKubernetesClient, englishOnly],
    define: {
      MAINTENANT_VERSION: JSON.stringify(version),
      // Of the issuer of licences, as scripts/license.ts prints it; without one no key can be checked, which is told.
      MAINTENANT_LICENSE_PUBLIC_KEY: JSON.stringify(process.env['MAINTENANT_LICENSE_PUBLIC_KEY'] ?? null),
    },
    // CommonJS dependencies call require() for Node's own modules, which an ES module does not have.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  return bundledFiles(metafile);
}

/** Inputs of which at least a byte ended up in an output. */
function bundledFiles(metafile: Metafile): readonly string[] {
  return Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([file]) => file),
  );
}

async function buildPage(): Promise<readonly string[]> {
  const out = path.join(dist, 'ui');
  const bundle = {
    absWorkingDir: root,
    bundle: true,
    outdir: out,
    minify: true,
    metafile: true,
    format: 'esm',
    target: 'es2023',
    logLevel: 'warning',
  } as const;
  const [page] = await Promise.all([
    build({
      ...bundle,
      entryPoints: ['ui/main.ts'],
      splitting: true,
      entryNames: '[name]-[hash]',
      chunkNames: 'chunk-[hash]',
      assetNames: '[name]-[hash]',
      loader: { '.svg': 'file' },
    }),
    // Its name stays, because the page asks for it by name; it is revalidated instead of cached for ever.
    build({ ...bundle, entryPoints: ['ui/stream-worker.ts'], entryNames: '[name]' }),
  ]);
  const html = readFileSync(path.join(root, 'ui', 'index.html'), 'utf8').replaceAll(
    /\.\/([\w-]+)\.(ts|css)/g,
    (reference) => outputOf(page.metafile, reference),
  );
  writeFileSync(path.join(out, 'index.html'), withPreloads(html, page.metafile));
  for (const file of readdirSync(path.join(root, 'ui')).filter((name) => /\.(svg|webmanifest)$/.test(name))) {
    writeFileSync(path.join(out, file), readFileSync(path.join(root, 'ui', file)));
  }
  for (const file of readdirSync(out)) compress(path.join(out, file));
  return bundledFiles(page.metafile);
}

/**
 * Names what every first picture needs in the head. The browser would find it file by file, each one round trip later:
 * a slow connection shows nothing for as long.
 */
function withPreloads(html: string, { outputs }: Metafile): string {
  const needed = new Set<string>();
  const add = (file: string): void => {
    if (needed.has(file)) return;
    needed.add(file);
    for (const { path: imported, kind } of outputs[file]?.imports ?? []) if (kind === 'import-statement') add(imported);
  };
  for (const [file, { entryPoint }] of Object.entries(outputs)) {
    if (entryPoint === 'ui/main.ts' || entryPoint === 'ui/screens/app-shell.ts') add(file);
  }
  const links = [...needed]
    .filter((file) => file.endsWith('.js'))
    .map((file) => `<link rel="modulepreload" href="./${path.basename(file)}">\n    `);
  return html.replace('<script type="module"', `${links.join('')}$&`);
}

/** The hashed file that an entry point or its style sheet became. */
function outputOf(metafile: Metafile, reference: string): string {
  const wanted = reference.endsWith('.css') ? '.css' : '.js';
  const entry = `ui/${reference.slice(2).replace(/\.css$/, '.ts')}`;
  for (const [file, output] of Object.entries(metafile.outputs)) {
    if (output.entryPoint !== entry) continue;
    const found = wanted === '.css' ? output.cssBundle : file;
    if (found !== undefined) return `./${path.basename(found)}`;
  }
  throw new Error(`ui/index.html names ${reference}, which the build did not produce`);
}

/** index.html is served with a base path written into it, so it is compressed by nobody. */
function compress(file: string): void {
  if (!/\.(js|css|svg|webmanifest)$/.test(file)) return;
  const content = readFileSync(file);
  writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  writeFileSync(`${file}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
}

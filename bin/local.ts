import { resolve } from 'node:path';
import { readStationery, type StationeryConfig } from '../lambda/config.ts';
import { buildWeb, WebBuildError } from '../local/build-web.ts';
import { startCloud, writeEndpoints } from '../local/cloud.ts';
import { consoleTelemetry } from '../local/console-telemetry.ts';
import { referenceResponse } from '../local/reference.ts';
import { startService } from '../local/service.ts';
import { filesOf, type Pages } from '../local/web.ts';

const ROOT = resolve(import.meta.dirname, '..');
const HOUR_MS = 3_600_000;
/** Connections that are still open so long after a signal are cut, ms. */
const PATIENCE_MS = 10_000;
/** How documents look where the environment does not say. */
const PLAIN = { PDF_BRAND: 'Twinlock', PDF_PAPER: 'A4', PDF_LANGUAGE: 'en', PDF_LOGO: '' };

async function main(): Promise<void> {
  const folder = resolve(process.env.DATA_DIR ?? '.data');
  const port = readPort(process.env.PORT ?? '3000');
  const stationery = readLook();
  const app = await webApp();
  const cloud = await startCloud(folder, { wrapKeys: readWrapKeys(process.env.WRAP_KEYS ?? '1') });
  const pages = [referenceResponse, ...(app === null ? [] : [app])];
  const service = await startService({ cloud, port, stationery, pages, telemetry: consoleTelemetry() }).catch(
    async (error: unknown) => {
      await cloud.close();
      throw error;
    },
  );
  try {
    writeEndpoints(folder, service.url, cloud);
  } catch (error) {
    await service.close();
    await cloud.close();
    throw error;
  }
  console.log(welcome(service.url, folder, app !== null));

  const maintaining = setInterval(() => {
    service.maintain().catch((error: unknown) => {
      console.error('maintenance failed:', error instanceof Error ? error.name : 'unknown');
    });
  }, HOUR_MS);
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    console.log('Stopping.');
    clearInterval(maintaining);
    setTimeout(() => process.exit(1), PATIENCE_MS).unref();
    service
      .close()
      .then(() => cloud.close())
      .then(() => process.exit(0))
      .catch(() => process.exit(1));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

function readLook(): StationeryConfig {
  try {
    return readStationery({ ...PLAIN, ...process.env });
  } catch (error) {
    throw Object.assign(error instanceof Error ? error : new Error(String(error)), { code: 'invalid_look' });
  }
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw Object.assign(new Error('PORT is no number from 0 to 65535.'), { code: 'invalid_port' });
  }
  return port;
}

/** Wraps are opened under all of them, and made under the last. */
function readWrapKeys(text: string): number {
  if (/^[1-9]$/.test(text)) return Number(text);
  throw Object.assign(new Error('WRAP_KEYS is no number from 1 to 9.'), { code: 'invalid_wrap_keys' });
}

/** The web app, built where it is not; null where it can't be, for the API is of use without it. */
async function webApp(): Promise<Pages | null> {
  try {
    return filesOf(await buildWeb(ROOT));
  } catch (error) {
    if (!(error instanceof WebBuildError)) throw error;
    console.error(`The web app can't be built, and is left out:\n\n${error.message}`);
    return null;
  }
}

function welcome(url: string, folder: string, hasApp: boolean): string {
  return `
Twinlock is ready: ${url}
Its data lie in ${folder}. Ctrl+C stops it.

${hasApp ? `Open ${url} in a browser. ` : ''}The reference of the API is at ${url}/docs.
Or call it. The first call gives a token; put it where the others say TOKEN.

  curl -s ${url}/v1/accounts --json '{"email":"you@example.com","password":"three blue kettles sing","acceptDataLoss":true}'
  curl -s ${url}/v1/items -H 'authorization: Bearer TOKEN' --json '{"type":"note","data":{"text":"Hello"}}'
  curl -s ${url}/v1/items -H 'authorization: Bearer TOKEN'

The whole tour, PDF included: npm run demo
`;
}

/** What went wrong, and what to do about it. */
function explain(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return `Port ${process.env.PORT ?? '3000'} is taken. Stop what listens there, or choose another: PORT=3001 npm start`;
  }
  if (code === 'EACCES' && error instanceof Error && 'syscall' in error && error.syscall === 'listen') {
    return `Port ${process.env.PORT ?? '3000'} may not be used. Choose one from 1024 on: PORT=3001 npm start`;
  }
  if ((code === 'invalid_port' || code === 'invalid_look' || code === 'invalid_wrap_keys') && error instanceof Error)
    return error.message;
  if (code === 'folder_locked') return 'The data folder is in use by another Twinlock. Stop that, or set DATA_DIR.';
  if (code === 'folder_unusable' && error instanceof Error) {
    return `The data folder is not usable: ${error.message}\nSet DATA_DIR to a folder that may be written.`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

main().catch((error: unknown) => {
  console.error(explain(error));
  process.exitCode = 1;
});

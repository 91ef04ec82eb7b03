// A start in a process of its own: it imports the function that it is told, passes it events, and says what each took.
// Plain Node, so that nothing but the function is loaded.
import { pathToFileURL } from 'node:url';

globalThis.awslambda = { streamifyResponse: (handler) => handler, HttpResponseStream: { from: (stream) => stream } };

/** Time and processor time of some work, ms. */
async function spent(work) {
  const [from, used] = [performance.now(), process.cpuUsage()];
  const value = await work();
  const { user, system } = process.cpuUsage(used);
  return { value, ms: performance.now() - from, cpuMs: (user + system) / 1000 };
}

process.once('message', async ({ file, event, calls }) => {
  const load = await spent(() => import(pathToFileURL(file).href));
  const answered = [];
  for (let call = 0; call < calls; call++) answered.push(await spent(() => load.value.handler(event)));
  process.send({
    load: { ms: load.ms, cpuMs: load.cpuMs },
    calls: answered.map(({ value, ms, cpuMs }) => ({ status: value.statusCode, ms, cpuMs })),
  });
  process.disconnect();
  process.exit();
});

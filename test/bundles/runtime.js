// What Lambda's runtime for Node does with a function: it imports the handler, takes one event after another from the
// Runtime API, and posts each answer there, whole or as a stream with the head before it. Plain Node, for it runs as
// there: beside a bundle and nothing else.
import http from 'node:http';
import { pathToFileURL } from 'node:url';

const API = process.env.AWS_LAMBDA_RUNTIME_API;
const INVOCATION = `http://${API}/2018-06-01/runtime/invocation`;
const STREAMING = Symbol('streaming');
const agent = new http.Agent({ keepAlive: true });
const ERROR_TRAILER = 'lambda-runtime-function-error-type';
/** What a function may use of the stream that it is given: the runtime hands out no class of Node's. */
const METHODS = [
  ...['write', 'end', 'destroy', 'cork', 'uncork', 'setContentType', 'emit', 'on', 'once', 'off', 'addListener'],
  ...['removeListener', 'removeAllListeners', 'prependListener', 'listeners', 'listenerCount', 'eventNames'],
];
const STATES = ['writable', 'writableFinished', 'writableEnded', 'writableNeedDrain', 'writableHighWaterMark'];

globalThis.awslambda = {
  streamifyResponse: (handler) => Object.assign(handler, { [STREAMING]: true }),
  HttpResponseStream: {
    from(stream, head) {
      stream.setContentType('application/vnd.awslambda.http-integration-response');
      stream.beforeFirstWrite((write) => {
        write(JSON.stringify(head));
        write(new Uint8Array(8));
      });
      return stream;
    },
  },
};

function request(method, path, headers = {}) {
  return http.request(`${INVOCATION}${path}`, { method, headers, agent });
}

async function answerTo(sent) {
  const answer = await new Promise((resolve, reject) => sent.once('response', resolve).once('error', reject));
  const chunks = [];
  for await (const chunk of answer) chunks.push(chunk);
  return { headers: answer.headers, text: Buffer.concat(chunks).toString() };
}

function post(path, value) {
  const sent = request('POST', path, { 'content-type': 'application/json' });
  sent.end(JSON.stringify(value ?? null));
  return answerTo(sent);
}

/** The stream of one answer, and the promise of its end. */
function responseStream(id) {
  const sent = request('POST', `/${id}/response`, {
    'content-type': 'application/octet-stream',
    'lambda-runtime-function-response-mode': 'streaming',
    'transfer-encoding': 'chunked',
    trailer: ERROR_TRAILER,
  });
  const done = answerTo(sent);
  done.catch(() => undefined);
  const write = sent.write.bind(sent);
  let first = null;
  sent.setContentType = (type) => sent.setHeader('content-type', type);
  sent.write = (chunk, ...rest) => {
    const bytes = typeof chunk === 'string' || chunk instanceof Uint8Array ? chunk : JSON.stringify(chunk);
    first?.(write);
    first = null;
    return write(bytes, ...rest);
  };
  const stream = Object.fromEntries(METHODS.map((name) => [name, sent[name].bind(sent)]));
  stream.beforeFirstWrite = (hook) => {
    first = hook;
  };
  Object.defineProperty(stream, 'destroyed', { get: () => sent.destroyed });
  for (const name of STATES) Object.defineProperty(stream, name, { get: () => sent[name] });
  const fail = (error) => {
    sent.addTrailers({ [ERROR_TRAILER]: error.name });
    sent.end(JSON.stringify({ errorType: error.name, errorMessage: error.message }));
  };
  return { stream, done, fail };
}

async function serveStreamed(handler, id, event, context) {
  const { stream, done, fail } = responseStream(id);
  try {
    await handler(event, stream, context);
  } catch (error) {
    fail(error);
  }
  // A stream that broke off is the other side's to tell.
  await done.catch(() => undefined);
}

async function serve(handler, id, event, context) {
  if (handler[STREAMING] === true) return serveStreamed(handler, id, event, context);
  try {
    await post(`/${id}/response`, await handler(event, context));
  } catch (error) {
    await post(`/${id}/error`, { errorType: error.name, errorMessage: error.message });
  }
}

const { handler } = await import(pathToFileURL(`${process.env.LAMBDA_TASK_ROOT}/index.mjs`).href);
for (;;) {
  const next = request('GET', '/next');
  next.end();
  const { headers, text } = await answerTo(next);
  const id = headers['lambda-runtime-aws-request-id'];
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
  await serve(handler, id, JSON.parse(text), {
    awsRequestId: id,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: '$LATEST',
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  });
}

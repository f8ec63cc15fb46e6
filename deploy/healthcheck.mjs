// Whether the process of this container lives: 0 when /healthz answers with 200 within 5 s, else 1. A worker has it at METRICS_LISTEN only.
const isWorker = process.argv.includes('worker') || process.env.HEALTH_OF === 'worker';
const address = isWorker
  ? (process.env.METRICS_LISTEN ?? '127.0.0.1:9090')
  : `127.0.0.1:${process.env.SHELLBOX_PORT || 8080}`;

try {
  const { ok } = await fetch(`http://${address.replace(/^0\.0\.0\.0:/, '127.0.0.1:')}/healthz`, {
    signal: AbortSignal.timeout(5000),
  });
  process.exitCode = ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}

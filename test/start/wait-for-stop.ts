// Prints its pid, then what the stop signal says; ends by itself on SIGTERM, never on SIGINT.
import {type StoppedError, stopSignal} from '../../src/stop-signal.ts';

const timer = setInterval(() => {}, 1000);
const stop = stopSignal();
stop.addEventListener('abort', () => {
	const reason = stop.reason as StoppedError;
	console.log(reason.signal);
	console.log(reason.exitCode);
	if (reason.signal === 'SIGTERM') {
		process.exitCode = 7;
		clearInterval(timer);
	}
});
const parent = process.ppid;
const watch = setInterval(() => {
	if (process.ppid !== parent) {
		clearInterval(watch);
		setTimeout(() => console.log('alone'), 1000).unref();
	}
}, 50).unref();
console.log(process.pid);

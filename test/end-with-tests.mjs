// For AVA's `require`: ends the process of a test file that something holds open after its last test, and tells what.
// AVA itself waits for such a process until its time-out, or for ever where a test has a longer one of its own.
import process from 'node:process';
import test, {registerCompletionHandler} from 'ava';

/** An exporter of traces goes on asking for a receiver that is gone for 10 s. */
const graceMs = 15_000;

function describe(handle) {
	const {remoteAddress, remotePort, spawnargs, fd} = handle;
	const {port} = handle.address?.() ?? {};
	const details = [
		remoteAddress ? `to ${remoteAddress}:${remotePort}` : port && `at port ${port}`,
		spawnargs?.join(' '),
		fd && `descriptor ${fd}`,
	];
	return [handle.constructor.name, ...details.filter(Boolean)].join(' ');
}

registerCompletionHandler(() => {
	const end = () => {
		const holders = [...process._getActiveHandles().map(describe), ...process.getActiveResourcesInfo()];
		console.error(
			`${test.meta.file}: expected its process to end with its tests, it is held open by`,
			holders,
		);
		process.exit(0);
	};
	// It does not hold the process open itself.
	setTimeout(end, graceMs).unref();
});

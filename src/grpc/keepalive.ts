import type {ServerHttp2Session, ServerHttp2Stream} from 'node:http2';
import type {ServerInterceptingCall, ServerInterceptor} from '@grpc/grpc-js';

/**
 * Options that let a server ping its callers. One that is switched off says nothing: without pings it would hold its
 * places for ever.
 */
export const keepalive = (intervalMs: number) => ({
	'grpc.keepalive_time_ms': intervalMs,
	'grpc.keepalive_timeout_ms': intervalMs,
});

const kept = new WeakSet<ServerHttp2Session>();

/**
 * Lets connections end in order that are pinged. While a server stops, its sessions take no new calls and send no
 * pings; grpc-js takes a ping that was not sent for a dead connection and cuts the calls that are still open on it.
 * A stop has an end of its own, so that pings may rest meanwhile.
 *
 * The session is known only next to the wire: this has to be the first interceptor, and passes the call on as it is.
 */
export const keepClosingSessions: ServerInterceptor = (_method, call) => {
	const {session} = (call as unknown as {readonly stream: ServerHttp2Stream}).stream;
	if (session && !kept.has(session as ServerHttp2Session)) {
		kept.add(session as ServerHttp2Session);
		restPingsWhileClosing(session as ServerHttp2Session);
	}

	return call as ServerInterceptingCall;
};

type Ping = (callback: (error: Error | null, durationMs: number, payload: Buffer) => void) => boolean;

function restPingsWhileClosing(session: ServerHttp2Session): void {
	const ping = session.ping.bind(session) as Ping;
	session.ping = ((callback: Parameters<Ping>[0]) => {
		if (!session.closed) {
			return ping(callback);
		}

		process.nextTick(callback, null, 0, Buffer.alloc(0));
		return true;
	}) as ServerHttp2Session['ping'];
}

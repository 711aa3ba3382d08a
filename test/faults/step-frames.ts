import type {Direction, FaultyProxy} from '../helpers/faulty-proxy.ts';
import type {Frame} from '../helpers/http2-frames.ts';
import type {ProxiedTriton} from '../helpers/proxied-triton.ts';

/** What passes between the gateway and a Triton in an edit. */
export type StepMoment = 'start' | 'step' | 'end' | 'answer';

/** In protobuf's encoding: the parameter's name, then a message whose boolean is true. */
const startFlag = Buffer.from('sequence_start\u0012\u0002\u0008\u0001');

/** What of an edit a frame holds; undefined where it holds something else. */
export function momentOf(direction: Direction, {payload}: Frame): StepMoment | undefined {
	if (direction === 'down') {
		return payload.includes('ARGMAX') ? 'answer' : undefined;
	}

	if (payload.includes('sequence_end')) {
		return 'end';
	}

	return payload.includes(startFlag) ? 'start' : payload.includes('sequence_start') ? 'step' : undefined;
}

/** A moment on a Triton. */
export interface Met {
	readonly triton: ProxiedTriton;
	readonly frame: Frame;
}

/**
 * Calls back once, when a moment has come for the given time on one of the Tritons, and before it is passed on.
 * @returns it, once it has come
 */
export async function atMoment(
	tritons: readonly ProxiedTriton[],
	moment: StepMoment,
	count: number,
	strike: (triton: ProxiedTriton) => void = () => {},
): Promise<Met> {
	let numSeen = 0;
	return new Promise(resolve => {
		for (const triton of tritons) {
			triton.proxy.onFrame = (direction, frame) => {
				numSeen += momentOf(direction, frame) === moment ? 1 : 0;
				if (numSeen === count) {
					forget(tritons.map(({proxy}) => proxy));
					strike(triton);
					resolve({triton, frame});
				}
			};
		}
	});
}

/** Resolves when a Triton has answered what was sent to it after a frame, so that it surely has the frame too. */
export async function untilTaken({triton: {proxy}, frame: {streamId}}: Met): Promise<void> {
	return new Promise(resolve => {
		proxy.onFrame = (direction, frame) => {
			if (direction === 'down' && frame.streamId > streamId) {
				forget([proxy]);
				resolve();
			}
		};
	});
}

function forget(proxies: readonly FaultyProxy[]): void {
	for (const proxy of proxies) {
		proxy.onFrame = () => {};
	}
}

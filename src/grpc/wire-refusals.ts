import {ServerInterceptingCall, type ServerInterceptor, status} from '@grpc/grpc-js';

const malformed = {
	code: status.INVALID_ARGUMENT,
	details: 'message: expected one as the proto describes it, got bytes that are none',
};

/**
 * Tells of messages that grpc-js refuses itself: those above the size limit, and those that can't be read, which it
 * calls an internal error and which are answered as the caller's mistake. It does so below all interceptors, so that
 * its statuses are seen only at the call next to the wire: this one has to be the first.
 */
export function watchWireRefusals(onRefused: (reason: 'too_large' | 'invalid') => void): ServerInterceptor {
	return (_method, call) => {
		const sendStatus = call.sendStatus.bind(call);
		call.sendStatus = sent => {
			const isTooLarge =
				sent.code === status.RESOURCE_EXHAUSTED && sent.details?.startsWith('Received message');
			const isUnreadable =
				sent.code === status.INTERNAL && sent.details?.startsWith('Error deserializing request');
			if (isTooLarge || isUnreadable) {
				onRefused(isTooLarge ? 'too_large' : 'invalid');
			}

			sendStatus(isUnreadable ? {...sent, ...malformed} : sent);
		};
		return new ServerInterceptingCall(call);
	};
}

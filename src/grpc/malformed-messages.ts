import {ServerInterceptingCall, type ServerInterceptor, status} from '@grpc/grpc-js';

const malformed = {
	code: status.INVALID_ARGUMENT,
	details: 'message: expected one as the proto describes it, got bytes that are none',
};

/**
 * Answers a message that can't be read as a caller's mistake. grpc-js calls it an internal error, below all
 * interceptors, so that it is seen only at the call that the status is sent by.
 */
export const refuseMalformed: ServerInterceptor = (_method, call) => {
	const sendStatus = call.sendStatus.bind(call);
	call.sendStatus = sent => {
		const isUnreadable =
			sent.code === status.INTERNAL && sent.details?.startsWith('Error deserializing request');
		sendStatus(isUnreadable ? {...sent, ...malformed} : sent);
	};
	return new ServerInterceptingCall(call);
};

import {ServerInterceptingCall, type ServerInterceptor, ServerListenerBuilder, status} from '@grpc/grpc-js';

/**
 * Tells of requests above the size limit. grpc-js refuses them itself, below all interceptors, so that their
 * status is seen only at the call that it sends it by.
 */
export function watchOversized(onOversized: () => void): ServerInterceptor {
	return (_method, call) => {
		let isRead = false;
		const sendStatus = call.sendStatus.bind(call);
		call.sendStatus = sent => {
			if (!isRead && sent.code === status.RESOURCE_EXHAUSTED) {
				onOversized();
			}

			sendStatus(sent);
		};
		const listener = new ServerListenerBuilder()
			.withOnReceiveMessage((message, next) => {
				isRead = true;
				next(message);
			})
			.build();
		return new ServerInterceptingCall(call, {start: next => next(listener)});
	};
}

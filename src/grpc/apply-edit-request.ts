import {checkEditRequest, type EditRequest} from '../edit/edit-request.ts';
import {InvalidRequestError} from '../edit/invalid-request-error.ts';
import type {ApplyEditRequest__Output} from '../protos/generated/redraft/v1/ApplyEditRequest.ts';
import {invalidUtf8Field} from './wire-check.ts';

/** A message as it was read off the wire, marked where a field is not UTF-8. */
export type ReceivedEditRequest = ApplyEditRequest__Output & {readonly [invalidUtf8Field]?: string};

/** @throws {InvalidRequestError} names the field, what was expected and what came */
export function toEditRequest(message: ReceivedEditRequest): EditRequest {
	const field = message[invalidUtf8Field];
	if (field !== undefined) {
		throw new InvalidRequestError(field, 'valid UTF-8', 'bytes that are not');
	}

	return checkEditRequest(message);
}

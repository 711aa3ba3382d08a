import {HttpError} from './http-error.ts';

/** Names under which tools of other services ask for their model; each is answered by the one that is served. */
const aliases = ['auto', 'morph-v3-fast', 'morph-v3-large', 'relace-apply-3'];

export interface ModelEntry {
	readonly id: string;
	readonly object: 'model';
	/** Seconds since 1970. */
	readonly created: number;
	readonly owned_by: string;
}

/** The model that is served, then its other names. */
export function listModels(model: string, created: number): ModelEntry[] {
	return [model, ...aliases].map(id => ({id, object: 'model', created, owned_by: 'redraft'}));
}

/** @throws {HttpError} no model has the name; the message lists those there are */
export function checkModel(asked: string, model: string): void {
	const names = [model, ...aliases];
	if (!names.includes(asked)) {
		const message = `model: expected one of ${names.join(', ')}, got ${JSON.stringify(asked)}`;
		throw new HttpError(404, message, {param: 'model', code: 'model_not_found'});
	}
}

import {Hono} from 'hono';
import type {z} from 'zod';
import type {AnswerRequest} from '../edit/answer-request.ts';
import {RequestMemoryError} from '../edit/request-memory.ts';
import {EditCancelledError} from '../errors/errors.ts';
import type {RefusalReason} from '../telemetry/edit-observer.ts';
import {
	type HttpApp,
	type HttpContext,
	holdBody,
	openAnswer,
	type Routes,
	respondWithEvents,
	respondWithFailure,
} from './call.ts';
import {callerOf} from './caller.ts';
import {chatBody, toAnswerRequest} from './chat/chat-request.ts';
import {toChunks, toCompletion} from './chat/chat-response.ts';
import {codeApplyBody, toEditRequest as toCodeRequest, toMergedCode, toMergedPieces} from './code-apply.ts';
import {editBody, toEditMessages, toEditRequest} from './edits.ts';
import {HttpError} from './http-error.ts';
import {checkModel, listModels} from './models.ts';
import {addPage} from './page/page-routes.ts';
import {readJson} from './read-json.ts';

/** The routes of the HTTP port. */
export function createApp(routes: Routes, hasPage: boolean): HttpApp {
	const app: HttpApp = new Hono();
	app.use(async (context, next) => {
		await next();
		context.header('x-content-type-options', 'nosniff');
	});
	app.notFound(() => {
		throw new HttpError(404, 'path: expected one that is served, such as /v1/chat/completions, got another');
	});
	app.onError((error, context) => respondWithFailure(context, error));
	app.use('/v1/*', async (context, next) => {
		context.set('caller', authenticate(context, routes));
		await next();
	});
	addModels(app, routes.model);
	addAnswers(app, routes);
	if (hasPage) {
		addPage(app);
	}

	return app;
}

function addModels(app: HttpApp, model: string): void {
	const data = listModels(model, Math.floor(Date.now() / 1000));
	app.get('/v1/models', context => context.json({object: 'list', data}));
	app.get('/v1/models/:id', context => {
		const id = context.req.param('id');
		checkModel(id, model);
		return context.json(data.find(entry => entry.id === id)!);
	});
}

function addAnswers(app: HttpApp, routes: Routes): void {
	app.post('/v1/chat/completions', async context => {
		const {body, request} = await readRequest(context, routes, chatBody, body => {
			checkModel(body.model, routes.model);
			return toAnswerRequest(body);
		});
		const answer = await openAnswer(context, routes, request);
		return body.stream
			? respondWithEvents(context, toChunks(answer, body.stream_options?.include_usage ?? false))
			: context.json(await toCompletion(answer));
	});
	app.post('/v1/code/apply', async context => {
		const {body, request} = await readRequest(context, routes, codeApplyBody, toCodeRequest);
		const answer = await openAnswer(context, routes, request);
		return body.stream
			? respondWithEvents(context, toMergedPieces(answer))
			: context.json(await toMergedCode(answer));
	});
	app.post('/v1/edits', async context => {
		const {request} = await readRequest(context, routes, editBody, toEditRequest);
		return respondWithEvents(context, toEditMessages(await openAnswer(context, routes, request)));
	});
}

/** Before anything of the body is read. */
function authenticate(context: HttpContext, {tokens, observer}: Routes): ReturnType<typeof callerOf> {
	try {
		return callerOf(context, tokens?.current);
	} catch (error) {
		observer.refused('unauthenticated');
		throw error;
	}
}

/** @throws what `toHttpFailure` maps, when the observer was told */
async function readRequest<Schema extends z.ZodType>(
	context: HttpContext,
	routes: Routes,
	schema: Schema,
	toRequest: (body: z.output<Schema>) => AnswerRequest,
): Promise<{body: z.output<Schema>; request: AnswerRequest}> {
	try {
		const settle = await holdBody(context, routes);
		const body = await readJson(context, schema, routes.maxRequestBytes, settle);
		return {body, request: toRequest(body)};
	} catch (error) {
		if (!(error instanceof EditCancelledError)) {
			routes.observer.refused(refusalOf(error));
		}

		throw error;
	}
}

function refusalOf(error: unknown): RefusalReason {
	if (error instanceof RequestMemoryError) {
		return 'queue_full';
	}

	return error instanceof HttpError && error.status === 413 ? 'too_large' : 'invalid';
}

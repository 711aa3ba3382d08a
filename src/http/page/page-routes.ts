import {randomBytes} from 'node:crypto';
import type {HttpApp, HttpContext} from '../call.ts';
import {HttpError} from '../http-error.ts';
import {type PageFile, readPageFiles} from './page-files.ts';

const noncePlaceholder = '{{nonce}}';

/** Serves the page at `/`. */
export function addPage(app: HttpApp, files: ReadonlyMap<string, PageFile> = readPageFiles()): void {
	const document = files.get('index.html');
	app.get('/', () => {
		if (!document) {
			throw new HttpError(503, 'page: expected it to be built, got nothing; run npm run build', {
				type: 'server_error',
			});
		}

		return serveDocument(document.content.toString());
	});
	for (const [name, file] of files) {
		if (name !== 'index.html') {
			app.get(`/${name}`, context => serveFile(context, file));
		}
	}
}

/** Styles that the editor makes as it runs carry a nonce: the policy lets nothing else in that is not a file of ours. */
function serveDocument(source: string): Response {
	const nonce = randomBytes(16).toString('base64url');
	return new Response(source.replace(noncePlaceholder, nonce), {
		headers: {
			'content-type': 'text/html; charset=utf-8',
			'cache-control': 'no-store',
			'content-security-policy': policyWith(nonce),
			'cross-origin-opener-policy': 'same-origin',
			'referrer-policy': 'no-referrer',
		},
	});
}

function policyWith(nonce: string): string {
	return [
		"default-src 'none'",
		"script-src 'self'",
		`style-src 'self' 'nonce-${nonce}'`,
		"connect-src 'self'",
		"img-src 'self'",
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
		"require-trusted-types-for 'script'",
	].join('; ');
}

function serveFile(
	context: HttpContext,
	{content, compressed, contentType, etag, isImmutable}: PageFile,
): Response {
	const headers = {
		etag,
		'cache-control': isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
		vary: 'accept-encoding',
	};
	if (context.req.header('if-none-match') === etag) {
		return new Response(null, {status: 304, headers});
	}

	const isCompressed = /\bgzip\b/.test(context.req.header('accept-encoding') ?? '');
	return new Response(new Uint8Array(isCompressed ? compressed : content), {
		headers: {
			...headers,
			'content-type': contentType,
			...(isCompressed && {'content-encoding': 'gzip'}),
		},
	});
}

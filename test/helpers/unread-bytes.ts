import {readFileSync} from 'node:fs';
import type {Socket} from 'node:net';

/** Bytes written to a connection on this machine that the program at its other end has not read yet. */
export function unreadBytes(socket: Socket): number {
	const ends = [socket.remotePort, socket.localPort].map(port => `:${hexadecimal(port)}`);
	const [, , , , queues = ':0'] =
		readFileSync('/proc/net/tcp', 'utf8')
			.split('\n')
			.map(line => line.trim().split(/\s+/))
			.find(([, local = '', remote = '']) => local.endsWith(ends[0]!) && remote.endsWith(ends[1]!)) ?? [];
	return socket.writableLength + Number.parseInt(queues.split(':')[1]!, 16);
}

/** As /proc/net/tcp writes a port. */
const hexadecimal = (port = 0) => port.toString(16).toUpperCase().padStart(4, '0');

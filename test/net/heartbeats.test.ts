import test from 'ava';
import { Context } from 'zeromq';
import { beatFeed, clientPort, eventPort, peerLink, peerPort } from '../../lib/net/sockets.ts';

test('no socket of a node sends heartbeats of ZeroMQ, which can end the process; the kernel asks', (t) => {
  const context = new Context({ blocky: false });
  const limits = { peerFrameBytes: 1024, clientFrameBytes: 1024, peerMessages: 16 };
  const sockets = {
    peerPort: peerPort(context, false, limits),
    peerLink: peerLink(context, false, limits),
    clientPort: clientPort(context, false, limits),
    eventPort: eventPort(context, false),
    beatFeed: beatFeed(context, false),
  };
  t.teardown(() => {
    for (const socket of Object.values(sockets)) socket.close();
  });

  for (const [name, socket] of Object.entries(sockets)) {
    t.is(socket.heartbeatInterval, 0, name);
    t.is(socket.tcpKeepalive, 1, name);
  }
});

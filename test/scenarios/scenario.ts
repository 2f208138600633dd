import { type Line, parse } from './script.ts';
import { Stage } from './stage.ts';

/**
 * Plays a script and gives it back with what really happened after each `----`.
 *
 *     # Comments stay as they are.
 *     cluster 3
 *     wake n1
 *     ----
 *     what these commands made happen, one line a decision
 *
 * Nothing happens that is not commanded: mail stays in the post until it is delivered, disks sync
 * when told, and the clock of each server stands still but for `wait` and `wake`. All invariants of servers and cluster
 * are checked in every turn.
 *
 *     cluster 3 n1=1,1,2 n1.term=3 n1.vote=n2 inflightMessagesMax=1
 *                            servers n1 to n3, with logs (as terms), terms, votes and settings
 *
 *     cluster 3 spares=2     n4 and n5 are there as well, and do not take part
 *
 *     wake n1                the clock of n1 goes on to the deadline it waits for, and it has a turn
 *     tick n1                n1 has a turn
 *     propose n1 7 8..10     clients propose the commands 7 to 10 to n1
 *     read n1 9              a client asks n1 for the linearizable read 9
 *     lease-read n1 9        the same, but a lease is enough
 *     transfer n1 n2 8       client 8 wants n1 to hand over to n2, or to `anybody`
 *     change n1 7 voter:n4 remove:n2
 *                            an operator asks n1 for this change of who takes part, as 7; also
 *                            learner:n4, promote:n4, demote:n2
 *     sync n1 [jobs]         the disk of n1 has done all its jobs, or so many
 *     load n1                what n1 asked its disk for is read
 *     unreachable n1 n2      n1 learns that mail to n2 is not taken
 *     crash n1 [jobs]        n1 ends, and what was not synced is lost, but for so many jobs
 *     restart n1 [applied]   n1 begins with what its disk holds
 *
 *     deliver n1->n2 [Kind]  one turn of n2 with all such mail; `deliver n2`: from everybody
 *     repeat n1->n2 [Kind]   such mail is delivered, and will be once more
 *     drop n1->n2 [Kind]     such mail is lost; `drop n2`: from everybody
 *     lose n1                all mail to and from n1 is lost
 *     hold n1->n2 [Kind]     such mail is held up until `release`
 *     cut n1->n2 n3-n4 n5    what is sent from n1 to n2, between n3 and n4, or to and from n5 is lost
 *     split n1 n2            what is sent between these and all others is lost
 *     heal [n1->n2 n3-n4]    until this; without links all are mended
 *     mail                   what is in the post
 *     count [n1->n2]         how much was sent since it was last counted, arrived or not
 *
 *     wait 300 [n2 n3]       clocks go on by 300 ms, and nobody has a turn
 *     run 300 [n2 n3]        these live for 300 ms, as if mail and disks took no time; prints who leads
 *     elect n1 n2 n3         n1 times out and wins with the votes of n2 and n3 alone; its first
 *                            messages as a leader are in the post, its own entry is not stored yet
 *     settle [n1 n2]         mail among these is delivered and their disks sync until all is quiet
 *     exchange [n1 n2]       the same, but prints the mail and not how things stand afterwards
 *     show [n1 n2]           how things stand
 *
 * A command after `quietly` prints nothing.
 */
export function playScript(script: string): string {
  const stage = new Stage();
  return `${parse(script)
    .map(({ comments, commands }) => {
      if (commands.length === 0) return comments.join('\n');
      const told = commands.flatMap((command) => perform(stage, command));
      return [...comments, ...commands.map(({ text }) => text), '----', ...told].join('\n');
    })
    .join('\n\n')}\n`;
}

function perform(stage: Stage, line: Line): readonly string[] {
  const told = stage.perform(line);
  return line.isQuiet ? [] : told;
}

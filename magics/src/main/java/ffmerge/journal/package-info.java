/** The log of runs, what they worked on, and the scoreboard. */
package ffmerge.journal;

/** What every package shares: how a user's mistake is told, how long work reports, how a file appears as a whole. */
package ffmerge;

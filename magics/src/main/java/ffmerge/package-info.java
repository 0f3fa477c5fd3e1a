/** The two types that every package shares: how a user's mistake is told and how long work reports. */
package ffmerge;

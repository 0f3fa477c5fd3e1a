/** The commands of the notebook's language: their words, their options, what they do. */
package ffmerge.magic.command;

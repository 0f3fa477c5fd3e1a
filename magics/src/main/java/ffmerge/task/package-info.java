/** Tasks that models are judged by: how rows of a table become questions with choices. */
package ffmerge.task;

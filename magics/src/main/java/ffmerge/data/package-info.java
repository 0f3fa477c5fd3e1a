/** Text, sentence pairs and images, from files to batches. */
package ffmerge.data;

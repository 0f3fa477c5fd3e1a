/** What low-rank adapters are, and the folders in which Python's PEFT keeps them. */
package ffmerge.adapter;

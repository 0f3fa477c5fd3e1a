/** Folders and files that other programs open: what transformers needs beside a tied file. */
package ffmerge.export;

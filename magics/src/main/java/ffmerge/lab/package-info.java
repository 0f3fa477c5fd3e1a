/** What the teaching labs look at and how their exercises are checked; free of models and of native memory. */
package ffmerge.lab;

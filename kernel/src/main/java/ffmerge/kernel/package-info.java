/** The kernel "Java (ffmerge)": JJava with the magics loaded, completion and help for them, and short errors. */
package ffmerge.kernel;

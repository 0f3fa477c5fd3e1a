package ffmerge.result;

/**
 * A file that a run depends on.
 *
 * @param kind {@code model} or {@code data}
 * @param of what it belongs to, as a recipe names it: a demo model or data set, a hub id, or an absolute path
 * @param file its name in there, with slashes; {@code "* (N files)"} for a folder of very many, hashed as one
 * @param sha256 in hexadecimal; of a folder of very many, of the list of their names and hashes; empty where the file was
 *     changed before the run was at its end
 */
public record HashedFile(String kind, String of, String file, long bytes, String sha256) {
    /** {@code gpt2-novels/model.safetensors}. */
    public String label() {
        return of + "/" + file;
    }
}

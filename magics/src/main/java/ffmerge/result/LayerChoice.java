package ffmerge.result;

import java.util.List;

/** A result that says which layers to take. */
public interface LayerChoice {
    /** Groups of layers of which each is to be shrunk by itself; none where nothing was found. */
    List<List<Integer>> chosen();
}

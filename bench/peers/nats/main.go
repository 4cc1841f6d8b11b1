// One producer of NATS JetStream, flat out: a stream of its own on three replicas, asynchronous
// publishes with so many outstanding, and a line of JSON about them once all are acknowledged and the
// stream holds them.
package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

type result struct {
	// From the first publish to the last acknowledgement.
	Seconds float64 `json:"seconds"`
	// What the stream says that it holds.
	Held uint64 `json:"held"`
	// The server that leads the stream, which the producer is connected to.
	Leader string `json:"leader"`
}

func main() {
	servers := flag.String("servers", "", "name=url,…: every server of the cluster")
	stream := flag.String("stream", "", "the stream to make, to fill and to delete")
	messages := flag.Int("messages", 0, "how many")
	size := flag.Int("size", 0, "bytes of each")
	outstanding := flag.Int("outstanding", 0, "publishes that may wait for their acknowledgement")
	flag.Parse()
	done, err := run(*servers, *stream, *messages, *size, *outstanding)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(done)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(servers, stream string, messages, size, outstanding int) (*result, error) {
	if stream == "" || messages < 1 || size < 4 || outstanding < 1 {
		return nil, errors.New("a stream, messages, a size of at least 4 and outstanding are needed")
	}
	urls := map[string]string{}
	all := []string{}
	for _, each := range strings.Split(servers, ",") {
		name, url, found := strings.Cut(each, "=")
		if !found {
			return nil, fmt.Errorf("%q is not name=url", each)
		}
		urls[name] = url
		all = append(all, url)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	leader, err := makeStream(ctx, strings.Join(all, ","), stream)
	if err != nil {
		return nil, err
	}
	url, known := urls[leader]
	if !known {
		return nil, fmt.Errorf("the stream is led by %q, which is none of %s", leader, servers)
	}
	// To the leader itself, as clients of the systems beside it do: no server in between.
	connection, err := nats.Connect(url, nats.DontRandomize(), nats.NoReconnect())
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	var mutex sync.Mutex
	var refused error
	js, err := jetstream.New(connection,
		jetstream.WithPublishAsyncMaxPending(outstanding),
		jetstream.WithPublishAsyncErrHandler(func(_ jetstream.JetStream, _ *nats.Msg, err error) {
			mutex.Lock()
			defer mutex.Unlock()
			refused = errors.Join(refused, err)
		}),
	)
	if err != nil {
		return nil, err
	}
	pool := valuesOf(size)
	started := time.Now()
	for number := 0; number < messages; number++ {
		value := pool[number%len(pool)]
		// The client has copied the value before this returns.
		binary.BigEndian.PutUint32(value, uint32(number))
		if _, err := js.PublishAsync(stream, value, jetstream.WithStallWait(time.Minute)); err != nil {
			return nil, fmt.Errorf("message %d: %w", number, err)
		}
	}
	select {
	case <-js.PublishAsyncComplete():
	case <-time.After(5 * time.Minute):
		return nil, fmt.Errorf("%d messages are not acknowledged", js.PublishAsyncPending())
	}
	seconds := time.Since(started).Seconds()
	mutex.Lock()
	defer mutex.Unlock()
	if refused != nil {
		return nil, refused
	}
	handle, err := js.Stream(ctx, stream)
	if err != nil {
		return nil, err
	}
	held := handle.CachedInfo().State.Msgs
	if err := js.DeleteStream(ctx, stream); err != nil {
		return nil, err
	}
	return &result{Seconds: seconds, Held: held, Leader: leader}, nil
}

// makeStream waits for the cluster, and answers with the name of the server that leads the stream.
func makeStream(ctx context.Context, servers, stream string) (string, error) {
	connection, err := nats.Connect(servers)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	js, err := jetstream.New(connection)
	if err != nil {
		return "", err
	}
	config := jetstream.StreamConfig{
		Name:     stream,
		Subjects: []string{stream},
		Storage:  jetstream.FileStorage,
		Replicas: 3,
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		attempt, cancel := context.WithTimeout(ctx, 5*time.Second)
		made, err := js.CreateOrUpdateStream(attempt, config)
		if err == nil {
			var info *jetstream.StreamInfo
			if info, err = made.Info(attempt); err == nil {
				if cluster := info.Cluster; cluster != nil && isWhole(cluster) {
					cancel()
					return cluster.Leader, nil
				}
				err = errors.New("the stream has no leader with two current replicas")
			}
		}
		cancel()
		// Servers that have just started have no leader of their own yet.
		if time.Now().After(deadline) {
			return "", fmt.Errorf("the stream cannot be made: %w", err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func isWhole(cluster *jetstream.ClusterInfo) bool {
	current := 0
	for _, replica := range cluster.Replicas {
		if replica.Current && !replica.Offline {
			current++
		}
	}
	return cluster.Leader != "" && current == 2
}

// valuesOf makes random values, which do not compress.
func valuesOf(size int) [][]byte {
	pool := make([][]byte, 1024)
	for index := range pool {
		pool[index] = make([]byte, size)
		for at := range pool[index] {
			pool[index][at] = byte(rand.Intn(256))
		}
	}
	return pool
}
